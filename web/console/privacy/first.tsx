/** First steps: what an organisation still owes the people who come to its sites, as a list that ticks itself off. */

import type { Notice, Site } from "../../shared/gen/frames.ts";
import type { Reminder } from "../../shared/gen/privacy.ts";
import {
  ListNoticesResponseSchema,
  ListPoliciesResponseSchema,
  ListRemindersResponseSchema,
} from "../../shared/gen/privacy.ts";
import { Icon } from "../../shared/icons.tsx";
import { href } from "../route.ts";
import { get, readStaff, staff, useLoaded } from "./data.ts";
import { readSites, site } from "./notices.tsx";
import { Heading, Reading } from "./parts.tsx";
import { type Period, readPeriods } from "./retention.tsx";
import { t } from "./words.ts";

/** Where one step stands: still owed, done, or a choice that may stay as it is. */
export type Standing = "owed" | "done" | "choice";

/** One step of the list. */
export interface Step {
  id: "notice" | "url" | "outdated" | "policy" | "questions" | "periods" | "officer";
  standing: Standing;
  /** The site that it is about; empty for the whole organisation. */
  siteId: string;
  siteName: string;
  place: readonly string[];
  count: number;
}

/** What is known of an organisation. */
export interface Known {
  sites: readonly Site[];
  reminders: readonly Reminder[];
  /** The notice in force by site. */
  notices: ReadonlyMap<string, Notice>;
  hasPolicy: boolean;
  hasOfficer: boolean;
  periods: readonly Period[];
}

/** Returns the steps, those that are owed first. */
export function stepsOf({ sites, reminders, notices, hasPolicy, hasOfficer, periods }: Known): readonly Step[] {
  const steps: Step[] = [];
  const owes = (kind: Reminder["kind"], siteId: string) =>
    reminders.some((reminder) => reminder.kind === kind && reminder.siteId === siteId);
  const add = (id: Step["id"], standing: Standing, more: Partial<Step> = {}) =>
    steps.push({ id, standing, siteId: "", siteName: "", place: ["notices", "new"], count: 0, ...more });
  for (const { id: siteId, displayName: siteName } of sites) {
    const about = { siteId, siteName };
    const missing = owes("KIND_NOTICE_MISSING", siteId);
    add("notice", missing ? "owed" : "done", about);
    add("url", missing || owes("KIND_POLICY_URL_MISSING", siteId) ? "owed" : "done", about);
    if (owes("KIND_PERIOD_OUTDATED", siteId)) add("outdated", "owed", about);
    const count = notices.get(siteId)?.questions.length ?? 0;
    add("questions", count > 0 ? "done" : "choice", { ...about, count });
  }
  add("policy", hasPolicy ? "done" : "owed", { place: ["policy", "new"] });
  add("officer", hasOfficer ? "done" : "owed", { place: [] });
  const count = periods.filter(({ days, most }) => days < most).length;
  add("periods", count > 0 ? "done" : "choice", { place: ["retention"], count });
  const rank = { owed: 0, choice: 1, done: 2 };
  return steps.sort((one, other) => rank[one.standing] - rank[other.standing]);
}

/** Returns the version of a site's notice that is in force; a site that has just been made has none, which is no error. */
async function currentNotice(siteId: string): Promise<Notice | undefined> {
  return (await get(ListNoticesResponseSchema, `/v1/sites/${siteId}/notices`, { pageSize: 1 })).notices[0];
}

async function look(): Promise<Known> {
  const [sites, { reminders }, policies, periods] = await Promise.all([
    readSites(),
    get(ListRemindersResponseSchema, "/v1/privacy-reminders"),
    get(ListPoliciesResponseSchema, "/v1/policies", { pageSize: 1 }),
    readPeriods(),
    readStaff(),
  ]);
  const found = await Promise.all(sites.map(async ({ id }) => [id, await currentNotice(id)] as const));
  return {
    sites,
    reminders,
    notices: new Map(found.flatMap(([id, notice]) => (notice ? [[id, notice] as const] : []))),
    hasPolicy: policies.policies.length > 0,
    hasOfficer: [...staff.peek().values()].some(
      ({ roles, state }) => roles.includes("CALLER_PRIVACY_OFFICER") && state === "STATE_ACTIVE",
    ),
    periods,
  };
}

/** The page of first steps. */
export function FirstSteps() {
  const known = useLoaded("first", look);
  const steps = known.value && stepsOf(known.value);
  const several = (known.value?.sites.length ?? 0) > 1;
  const owed = steps?.filter(({ standing }) => standing === "owed").length ?? 0;
  const done = steps?.filter(({ standing }) => standing === "done").length ?? 0;
  return (
    <>
      <Heading title={t("start")} lead={t("start.lead")} />
      <div class="page">
        {!steps ? (
          <Reading place="start" state={known.state as "loading"} load={known.load} />
        ) : (
          <>
            <div class="progress">
              <progress max={done + owed} value={done} aria-label={t("start.progress")} />
              <span role="status">{owed === 0 ? t("start.all") : t("start.owed", { count: owed })}</span>
            </div>
            <ol class="first">
              {steps.map(({ id, standing, siteId, siteName, place, count }) => (
                <li key={`${id} ${siteId}`} class={standing}>
                  <span class="mark">
                    {standing === "done" ? <Icon name="check" size={18} /> : <span class="ring" aria-hidden="true" />}
                    <span class="unseen">{t(`start.${standing}`)}</span>
                  </span>
                  <div>
                    <h3>
                      {t(`start.${id}`)}
                      {several && siteName !== "" && <span class="soft"> · {siteName}</span>}
                    </h3>
                    <p class="soft">{t(`start.${id}.${standing}` as "start.notice.done", { count })}</p>
                  </div>
                  {place.length > 0 && (
                    <a
                      class="button"
                      href={href("privacy", ...(standing === "done" ? place.slice(0, 1) : place))}
                      onClick={() => {
                        if (siteId !== "") site.value = siteId;
                      }}
                      aria-label={t("start.go.to", { step: t(`start.${id}`), site: siteName })}
                    >
                      {t(standing === "done" ? "start.look" : "start.go")}
                    </a>
                  )}
                </li>
              ))}
            </ol>
          </>
        )}
      </div>
    </>
  );
}
