/** What the live section reads, again and again while it is in front, and what it changes. */
import { type Signal, signal } from "@preact/signals";
import { reasonOf } from "../../shared/api.ts";
import type { Schema } from "../../shared/codec.ts";
import {
  ListOperatorsResponseSchema,
  ListRoutingRulesResponseSchema,
  ListRunningConversationsResponseSchema,
  ListTeamsResponseSchema,
  type Operator,
  type RoutingRule,
  type RunningConversation,
  type Team,
} from "../../shared/gen/routing.ts";
import { api } from "../session.ts";
import { warn } from "../toasts.tsx";
import { t } from "./words.ts";

/** How often what runs is read anew. */
export const EVERY_MS = 5_000;

/** Something that is read as a whole, and where its reading stands. */
export class Read<T> {
  readonly value: Signal<T>;
  readonly state: Signal<"loading" | "ready" | "failed"> = signal("loading");
  private readonly read: () => Promise<T>;
  private turn = 0;

  constructor(empty: T, read: () => Promise<T>) {
    this.value = signal(empty);
    this.read = read;
  }

  /** Reads it; what was there stays until the answer comes, and an answer that comes late covers no newer one. */
  readonly load = async (): Promise<void> => {
    const turn = ++this.turn;
    if (this.state.peek() === "failed") this.state.value = "loading";
    try {
      const value = await this.read();
      if (turn !== this.turn) return;
      this.value.value = value;
      this.state.value = "ready";
    } catch {
      if (turn === this.turn) this.state.value = "failed";
    }
  };
}

/** Reads a list to its end. */
async function all<A extends { nextPageToken: string }, T>(
  schema: Schema<A>,
  path: string,
  items: (answer: A) => readonly T[],
): Promise<readonly T[]> {
  const found: T[] = [];
  let token = "";
  do {
    const query = token === "" ? "" : `&pageToken=${encodeURIComponent(token)}`;
    const page: A = await api.call(schema, "GET", `${path}?pageSize=200${query}`);
    found.push(...items(page));
    token = page.nextPageToken;
  } while (token !== "");
  return found;
}

export const running = new Read<readonly RunningConversation[]>([], () =>
  all(ListRunningConversationsResponseSchema, "/v1/conversations:running", (page) => page.conversations),
);
export const people = new Read<readonly Operator[]>([], () =>
  all(ListOperatorsResponseSchema, "/v1/operators", (page) => page.operators),
);
export const teams = new Read<readonly Team[]>([], () =>
  all(ListTeamsResponseSchema, "/v1/teams", (page) => page.teams),
);
export const rules = new Read<readonly RoutingRule[]>(
  [],
  async () => (await api.call(ListRoutingRulesResponseSchema, "GET", "/v1/routingRules")).rules,
);

/** Does something, and says why where it was not done; returns whether it was. */
export async function attempt(deed: () => Promise<unknown>): Promise<boolean> {
  try {
    await deed();
    return true;
  } catch (error) {
    const reason = reasonOf(error);
    const key =
      reason === "CHANGED_MEANWHILE" ? "done.changed" : reason === "COLLEAGUE_NOT_THERE" ? "done.absent" : "done.not";
    warn(t(key));
    return false;
  }
}
