/**
 * What the section's pages read: lists by pages, single things, and deeds, each with where its reading stands.
 *
 * It owns that an answer that comes late never covers a newer one, and that a deed that failed says so and why. It knows
 * no page by name.
 */
import { type Signal, signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { ApiError, reasonOf } from "../../shared/api.ts";
import { saveFile } from "../../shared/chat/transcript.ts";
import type { Schema } from "../../shared/codec.ts";
import { GetConversationResponseSchema, type Staff } from "../../shared/gen/frames.ts";
import { ListStaffResponseSchema } from "../../shared/gen/privacy.ts";
import type { Loading } from "../list.tsx";
import { api, has } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { reason, t } from "./words.ts";

/** One page of a list, and where the next one begins. */
export interface Page<T> {
  items: readonly T[];
  next: string;
}

/** A list that is read page by page. */
export class Paged<T extends { id: string }> {
  readonly items: Signal<readonly T[]> = signal([]);
  readonly state: Signal<Loading> = signal("idle");
  readonly next = signal("");
  private readonly read: (token: string) => Promise<Page<T>>;
  private turn = 0;

  constructor(read: (token: string) => Promise<Page<T>>) {
    this.read = read;
  }

  /** Reads the list from its beginning. */
  readonly load = async (): Promise<void> => {
    await this.turnTo("", this.items.peek().length > 0 ? "ready" : "loading");
  };

  /** Reads the next page. */
  readonly loadMore = async (): Promise<void> => {
    if (this.next.peek() !== "" && this.state.peek() !== "more") await this.turnTo(this.next.peek(), "more");
  };

  private async turnTo(token: string, meanwhile: Loading): Promise<void> {
    const turn = ++this.turn;
    this.state.value = meanwhile;
    try {
      const { items, next } = await this.read(token);
      if (turn !== this.turn) return;
      const known = token === "" ? [] : this.items.peek();
      const fresh = new Set(items.map(({ id }) => id));
      this.items.value = [...known.filter(({ id }) => !fresh.has(id)), ...items];
      this.next.value = next;
      this.state.value = "ready";
    } catch {
      if (turn === this.turn) this.state.value = "failed";
    }
  }

  /** Shows something that has changed, or a new one first. */
  put(item: T): void {
    const known = this.items.peek();
    this.items.value = known.some(({ id }) => id === item.id)
      ? known.map((one) => (one.id === item.id ? item : one))
      : [item, ...known];
  }
}

/** Reads a list while its page is in front, anew for each key. */
export function usePaged<T extends { id: string }>(key: string, read: (token: string) => Promise<Page<T>>): Paged<T> {
  const list = useMemo(() => new Paged(read), [key]);
  useEffect(() => {
    list.load();
  }, [list]);
  return list;
}

/** One thing that is read. */
export interface Loaded<T> {
  value: T | undefined;
  state: "loading" | "ready" | "failed" | "gone";
  load: () => Promise<void>;
  put: (value: T) => void;
}

/** Reads one thing while its page is in front, anew for each key; an empty key reads nothing. */
export function useLoaded<T>(key: string, read: () => Promise<T>): Loaded<T> {
  const value = useSignal<{ key: string; value: T } | undefined>(undefined);
  const state = useSignal<Loaded<T>["state"]>("loading");
  const turn = useMemo(() => ({ at: 0 }), []);
  const load = async () => {
    const mine = ++turn.at;
    if (value.peek()?.key !== key) state.value = "loading";
    try {
      const found = await read();
      if (mine !== turn.at) return;
      value.value = { key, value: found };
      state.value = "ready";
    } catch (error) {
      if (mine !== turn.at) return;
      state.value = error instanceof ApiError && error.status === 404 ? "gone" : "failed";
    }
  };
  useEffect(() => {
    if (key !== "") load();
    return () => {
      turn.at++;
    };
  }, [key]);
  const current = value.value?.key === key ? value.value.value : undefined;
  return {
    value: current,
    state: current === undefined && state.value === "ready" ? "loading" : state.value,
    load,
    put: (fresh: T) => {
      turn.at++;
      value.value = { key, value: fresh };
      state.value = "ready";
    },
  };
}

/** Does again every so often what reads a thing that is still changing. */
export function useAgain(active: boolean, run: () => void, everyMs: number): void {
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(run, everyMs);
    return () => clearInterval(timer);
  }, [active, run]);
}

/** Returns a path with its parts and its question put together; what is empty is left out. */
export function pathOf(base: string, query: Record<string, string | number | boolean> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== 0 && value !== false);
  const written = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return written === "" ? base : `${base}?${written}`;
}

/** Reads a route. */
export function get<T>(schema: Schema<T>, base: string, query?: Record<string, string | number | boolean>): Promise<T> {
  return api.call(schema, "GET", pathOf(base, query));
}

/** Does something by a route. */
export function post<T>(schema: Schema<T>, path: string, body: unknown = {}): Promise<T> {
  return api.call(schema, "POST", path, body);
}

/** Returns what to say of a deed that failed. */
export function trouble(error: unknown): string {
  const retry = error instanceof ApiError ? error.retryAfterMs : 0;
  return reason(reasonOf(error), retry);
}

/** Does something and says how it went; returns undefined where it failed. */
export async function act<T>(
  deed: () => Promise<T>,
  done: string | ((result: T) => string),
  undo?: (result: T) => void,
): Promise<T | undefined> {
  try {
    const result = await deed();
    say(typeof done === "string" ? done : done(result), undo && (() => undo(result)));
    return result;
  } catch (error) {
    warn(trouble(error));
    return undefined;
  }
}

/** Fetches a file and hands it to the browser; says so where it breaks off. */
export async function fetchFile(path: string, name: string): Promise<boolean> {
  try {
    saveFile(name, await api.file(path));
    return true;
  } catch (error) {
    // What is no refusal of the platform's is a connection that broke in the middle of the file.
    const broke = !(error instanceof ApiError) || error.reason === "UNREACHABLE";
    warn(broke ? t("file.broken") : trouble(error));
    return false;
  }
}

/** The tenant's staff, by id. */
export const staff: Signal<ReadonlyMap<string, Staff>> = signal(new Map());

/** Reads who is on the staff, for the names on the pages. */
export async function readStaff(): Promise<void> {
  const found = new Map<string, Staff>();
  let pageToken = "";
  do {
    const page = await get(ListStaffResponseSchema, "/v1/staff", { pageSize: 200, pageToken });
    for (const person of page.staff) found.set(person.id, person);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  staff.value = found;
}

/** Returns the name of somebody on the staff. */
export function staffName(id: string): string {
  return staff.value.get(id)?.displayName ?? t("staff.unknown");
}

/**
 * Returns whom an id is about: itself, or the visitor of the conversation that it names, as far as the signed-in person
 * may know that.
 */
export async function personOf(id: string): Promise<string> {
  if (!id.startsWith("cnv_") || !has("CALLER_PRIVACY_OFFICER")) return id;
  const path = `/v1/conversations/${encodeURIComponent(id)}`;
  return (await get(GetConversationResponseSchema, path)).conversation?.visitorId ?? id;
}

/** Returns an id for a deed, so that doing it again after a broken connection does it once. */
export function newRequestId(): string {
  return crypto.randomUUID();
}
