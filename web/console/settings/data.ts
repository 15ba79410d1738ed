/** What the pages of the settings read and do; the ways to read are those of the privacy section. */
import { signal } from "@preact/signals";
import { ApiError, reasonOf } from "../../shared/api.ts";
import { ListSitesResponseSchema, type Site, type Staff } from "../../shared/gen/frames.ts";
import { ListStaffResponseSchema } from "../../shared/gen/privacy.ts";
import { ListTeamsResponseSchema, type Team } from "../../shared/gen/routing.ts";
import { get } from "../privacy/data.ts";
import { say, warn } from "../toasts.tsx";
import { reason } from "./words.ts";

/** The tenant's people by id, as last read. */
export const people = signal<ReadonlyMap<string, Staff>>(new Map());

/** Reads everybody on the staff, by name. */
export async function readPeople(): Promise<readonly Staff[]> {
  const found: Staff[] = [];
  let pageToken = "";
  do {
    const page = await get(ListStaffResponseSchema, "/v1/staff", { pageSize: 200, pageToken });
    found.push(...page.staff);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  people.value = new Map(found.map((person) => [person.id, person]));
  return found;
}

/** Reads all teams, by name. */
export async function readTeams(): Promise<readonly Team[]> {
  return (await get(ListTeamsResponseSchema, "/v1/teams", { pageSize: 200 })).teams;
}

/** Reads all sites, by name. */
export async function readSites(): Promise<readonly Site[]> {
  return (await get(ListSitesResponseSchema, "/v1/sites", { pageSize: 200 })).sites;
}

/** Returns what to say of a deed that failed. */
export function trouble(error: unknown): string {
  return reason(reasonOf(error), error instanceof ApiError ? error.retryAfterMs : 0);
}

/** Does something and says how it went. */
export async function act(deed: () => Promise<unknown>, done: string, undo?: () => void): Promise<boolean> {
  try {
    await deed();
    say(done, undo);
    return true;
  } catch (error) {
    warn(trouble(error));
    return false;
  }
}
