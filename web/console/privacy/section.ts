/**
 * Plugs the privacy section into the console. Only its name, its commands and its number are here: the rest is loaded
 * when somebody opens it.
 */
import { signal } from "@preact/signals";
import type { Schema } from "../../shared/codec.ts";
import { lazily } from "../lazy.tsx";
import { step } from "../list.tsx";
import { registerSection } from "../registry.ts";
import { go, route } from "../route.ts";
import { api, has } from "../session.ts";
import { t } from "../words/en.ts";
import { hasPlace, openId, PLACES, place } from "./places.ts";

/** How many requests want an officer: those that wait for one, and those that are late whoever they wait for. */
export const wanted = signal(0);
/** How often the number is asked for while nobody does anything. */
const EVERY_MS = 300_000;

const COUNTS: Schema<{ waitingCount: number; overdueCount: number }> = [
  [4, "waitingCount", "i"],
  [5, "overdueCount", "i"],
];

/** Reads the number beside the section's name. */
export async function count(): Promise<void> {
  try {
    const path = "/v1/privacy-requests?filter=REQUEST_FILTER_OPEN&pageSize=1";
    const { waitingCount, overdueCount } = await api.call(COUNTS, "GET", path);
    wanted.value = Math.max(waitingCount, overdueCount);
  } catch {
    // The number stays as it was; the section itself says what cannot be read.
  }
}

function start(): () => void {
  wanted.value = 0;
  if (!has("CALLER_PRIVACY_OFFICER")) return () => {};
  count();
  const timer = setInterval(count, EVERY_MS);
  return () => clearInterval(timer);
}

const here = () => route.value[0] === "privacy";

registerSection({
  id: "privacy",
  title: () => t("privacy.title"),
  icon: "shield",
  roles: ["CALLER_PRIVACY_OFFICER", "CALLER_ADMIN"],
  View: lazily(() => import("./view.tsx")),
  badge: wanted,
  start,
  commands: [
    ...PLACES.map(({ id, keys }) => ({
      id: `privacy.${id}`,
      title: () => t("command.go", { section: `${t("privacy.title")}: ${t(`privacy.${id}`)}` }),
      icon: "shield" as const,
      keys,
      has: () => hasPlace(id),
      run: () => go("privacy", id),
    })),
    {
      id: "privacy.next",
      title: () => t("command.inbox.next"),
      keys: "j",
      keysOnly: true,
      when: here,
      run: () => step(1),
    },
    {
      id: "privacy.previous",
      title: () => t("command.inbox.previous"),
      keys: "k",
      keysOnly: true,
      when: here,
      run: () => step(-1),
    },
    {
      id: "privacy.list",
      title: () => t("command.inbox.list"),
      keys: "Escape",
      keysOnly: true,
      when: () => here() && openId.value !== "",
      run: () => go("privacy", place.value),
    },
  ],
});
