/**
 * The data map: every field of the contract that holds something about a person, with why, for how long, who sees it and
 * where it is stored. It is made from the code, and fetched only when somebody looks at it.
 */
import address from "../../../docs/data-map.json?url";
import { fetchJson } from "../../shared/api.ts";

/** One field. */
export interface MapEntry {
  field: string;
  service: string;
  what: string;
  category: string;
  purposes: string[];
  retention: string;
  period: string;
  seen_by: string[];
  erasure: string;
  clauses: string[];
  correctable: boolean;
  not_personal: string;
  /** Where it is stored, such as `chat.messages.body`, and about what kinds of people. */
  columns: { name: string; about: string[] }[];
}

let fetched: Promise<readonly MapEntry[]> | undefined;

/** Returns every field. */
export function dataMap(): Promise<readonly MapEntry[]> {
  fetched ??= (fetchJson("GET", address) as Promise<{ entries: MapEntry[] }>).then(({ entries }) => entries);
  fetched.catch(() => {
    fetched = undefined;
  });
  return fetched;
}

/** Returns the fields that can be put right, with what each of them is. */
export async function correctable(): Promise<readonly { field: string; title: string }[]> {
  const entries = await dataMap();
  return entries
    .filter((entry) => entry.correctable && entry.columns.length > 0)
    .map(({ field, what }) => ({ field, title: what.replace(/\.$/, "") }));
}

/** Returns the fields that match every word, in their order; `stored` leaves out what is only carried by a call. */
export function find(
  entries: readonly MapEntry[],
  text: string,
  stored: boolean,
  personal: boolean,
): readonly MapEntry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => {
    if (stored && entry.columns.length === 0) return false;
    if (personal && entry.not_personal !== "") return false;
    const line = [
      entry.field,
      entry.what,
      entry.category,
      entry.retention,
      entry.period,
      entry.erasure,
      ...entry.purposes,
      ...entry.seen_by,
      ...entry.columns.flatMap(({ name, about }) => [name, ...about]),
      ...entry.clauses,
    ]
      .join(" ")
      .toLowerCase();
    return words.every((word) => line.includes(word));
  });
}
