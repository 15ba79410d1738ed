/** Setting up: the way from nothing to the first answer, ticked off by what is really there. */
import type { Site } from "../../shared/gen/frames.ts";
import { ListConversationsResponseSchema } from "../../shared/gen/frames.ts";
import { ListRemindersResponseSchema } from "../../shared/gen/privacy.ts";
import { GetHoursResponseSchema } from "../../shared/gen/settings.ts";
import { Icon } from "../../shared/icons.tsx";
import { get, useAgain, useLoaded } from "../privacy/data.ts";
import { href } from "../route.ts";
import { has } from "../session.ts";
import { readPeople, readSites } from "./data.ts";
import { Heading, Reading } from "./parts.tsx";
import { t } from "./words.ts";

/** One step of setting up. */
export interface Step {
  id: "site" | "look" | "seen" | "team" | "notice" | "hours" | "chat";
  done: boolean;
  place: readonly string[];
  /** Where the chat was seen, for that step. */
  origin: string;
}

/** What is known of an organisation. */
export interface Known {
  sites: readonly Site[];
  /** How many of the staff answer visitors, or are invited to. */
  answering: number;
  /** True where a site has no notice. */
  noticeMissing: boolean;
  /** True where somebody said when the team is there, for all sites or for one. */
  hoursSet: boolean;
  chatted: boolean;
}

/** Returns the steps in their order. */
export function stepsOf({ sites, answering, noticeMissing, hoursSet, chatted }: Known): readonly Step[] {
  const seen = sites.find(({ seenTime }) => seenTime > 0);
  const first = sites[0]?.id;
  const place = first ? ["settings", "sites", first] : ["settings", "sites"];
  return [
    { id: "site", done: sites.length > 0, place: ["settings", "sites"], origin: "" },
    {
      id: "look",
      done: sites.some(({ colour, greeting, initials }) => `${colour}${greeting}${initials}` !== ""),
      place,
      origin: "",
    },
    { id: "seen", done: seen !== undefined, place, origin: seen?.seenOrigin ?? "" },
    { id: "team", done: answering > 0, place: ["settings", "team"], origin: "" },
    { id: "notice", done: sites.length > 0 && !noticeMissing, place: ["privacy", "notices"], origin: "" },
    { id: "hours", done: hoursSet, place: ["opening"], origin: "" },
    { id: "chat", done: chatted, place: ["inbox"], origin: "" },
  ];
}

/** How often it is looked at while something is left. */
const LOOK_MS = 5_000;

/** Returns the zones of the hours that hold for all sites and for the first one; empty where none are set. */
async function readHours(): Promise<readonly string[]> {
  const [first] = await readSites();
  const asked = ["", ...(first ? [first.id] : [])].map((siteId) =>
    get(GetHoursResponseSchema, "/v1/hours", { siteId }),
  );
  return (await Promise.all(asked)).map(({ hours }) => hours?.zone ?? "");
}

async function look(): Promise<Known> {
  const mayRead = has("CALLER_OPERATOR", "CALLER_SUPERVISOR");
  const [sites, people, { reminders }, hours, chats] = await Promise.all([
    readSites(),
    readPeople(),
    get(ListRemindersResponseSchema, "/v1/privacy-reminders"),
    readHours(),
    mayRead ? get(ListConversationsResponseSchema, "/v1/conversations", { pageSize: 1 }) : undefined,
  ]);
  return {
    sites,
    answering: people.filter(({ roles, state }) => roles.includes("CALLER_OPERATOR") && state !== "STATE_SUSPENDED")
      .length,
    noticeMissing: reminders.some(({ kind }) => kind === "KIND_NOTICE_MISSING"),
    hoursSet: hours.some((zone) => zone !== ""),
    chatted: (chats?.conversations.length ?? 0) > 0,
  };
}

/** The page of setting up. */
export function Setup() {
  const read = useLoaded("setup", look);
  const steps = read.value && stepsOf(read.value);
  const left = steps?.filter(({ done }) => !done).length ?? 0;
  useAgain(left > 0, read.load, LOOK_MS);
  return (
    <>
      <Heading title={t("setup")} lead={t("setup.lead")} />
      <div class="page">
        {!steps ? (
          <Reading state={read.state} load={read.load} />
        ) : (
          <>
            <div class="progress">
              <progress max={steps.length} value={steps.length - left} aria-label={t("setup.progress")} />
              <span role="status">{left === 0 ? t("setup.all") : t("setup.left", { count: left })}</span>
            </div>
            <ol class="first">
              {steps.map(({ id, done, place, origin }) => (
                <li key={id} class={done ? "done" : "owed"}>
                  <span class="mark">
                    {done ? <Icon name="check" size={18} /> : <span class="ring" aria-hidden="true" />}
                    <span class="unseen">{t(done ? "setup.done" : "setup.open")}</span>
                  </span>
                  <div>
                    <h3>{t(`setup.${id}`)}</h3>
                    <p class="soft">{origin ? t("setup.seen.at", { origin }) : t(`setup.${id}.text`)}</p>
                  </div>
                  <a class="button" href={href(...place)} aria-label={t("setup.go.of", { what: t(`setup.${id}`) })}>
                    {t("setup.go")}
                  </a>
                </li>
              ))}
            </ol>
          </>
        )}
      </div>
    </>
  );
}
