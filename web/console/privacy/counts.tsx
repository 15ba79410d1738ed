/** What is kept beside people: how often somebody was refused for age, who may receive anything, and the browser log. */
import { useSignal } from "@preact/signals";
import type { BrowserFamily } from "../../shared/gen/privacy.ts";
import {
  ListBrowserCountsResponseSchema,
  ListBrowserLogResponseSchema,
  ListRecipientsResponseSchema,
  ListRefusalsResponseSchema,
} from "../../shared/gen/privacy.ts";
import { exact } from "../../shared/time.tsx";
import { tOr } from "../../shared/words.ts";
import { has } from "../session.ts";
import { get, type Paged, useLoaded, usePaged } from "./data.ts";
import { readSites, site } from "./notices.tsx";
import { Heading, Nothing, Part, Reading, Select, Table, Tag } from "./parts.tsx";
import type { PlaceId } from "./places.ts";
import { t, word } from "./words.ts";

/** A list in a table, with what stands in its place while there is nothing to show, and the way on. */
function Listed<T extends { id: string }>(props: {
  place: PlaceId;
  list: Paged<T>;
  label: string;
  head: readonly string[];
  row: (item: T) => readonly (string | number)[];
  none: string;
}) {
  const { list } = props;
  const { value: state } = list.state;
  if (list.items.value.length === 0) {
    if (state === "ready") return <p class="soft">{props.none}</p>;
    return <Reading place={props.place} state={state === "failed" ? "failed" : "loading"} load={list.load} />;
  }
  return (
    <>
      <Table label={props.label} head={props.head} rows={list.items.value.map(props.row)} />
      {list.next.value !== "" && (
        <button type="button" class="button" onClick={list.loadMore} aria-disabled={state === "more"}>
          {t("more")}
        </button>
      )}
    </>
  );
}

/** How often somebody was refused for age: numbers of days and sites, which nobody can be found in. */
export function Refusals() {
  const sites = useLoaded("sites", readSites);
  const nameOf = (id: string) => sites.value?.find((one) => one.id === id)?.displayName ?? id;
  const list = usePaged("refusals", async (pageToken) => {
    const page = await get(ListRefusalsResponseSchema, "/v1/age-refusals", { pageToken });
    return { items: page.tallies.map((one) => ({ ...one, id: `${one.day} ${one.siteId}` })), next: page.nextPageToken };
  });
  return (
    <>
      <Heading title={t("refusals")} lead={t("refusals.lead")} />
      <div class="page">
        <Listed
          place="refusals"
          list={list}
          label={t("refusals")}
          head={[t("counts.day"), t("notice.site"), t("refusals.count")]}
          row={({ day, siteId, count }) => [day, siteId === "" ? t("refusals.nowhere") : nameOf(siteId), count]}
          none={t("refusals.none")}
        />
      </div>
    </>
  );
}

/** To whom anything about a person may go at all. */
export function Recipients() {
  const found = useLoaded(
    "recipients",
    async () => (await get(ListRecipientsResponseSchema, "/v1/recipients")).recipients,
  );
  return (
    <>
      <Heading title={t("recipients")} lead={t("recipients.lead")} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div class="page" role="group" aria-label={t("recipients")} tabIndex={0}>
        {found.value ? (
          <ul class="cards">
            {found.value.map(({ recipient, kind, title, receives, purpose, inUse }) => (
              <li key={recipient} class="card">
                <div>
                  <h3>{title}</h3>
                  <p class="soft">{receives}</p>
                  <p class="soft">
                    {word("recipient", kind)} · {tOr(`reader.purpose.${purpose}`, "reader.purpose.other")} ·{" "}
                    <code>{recipient}</code>
                  </p>
                </div>
                <Tag tone={inUse ? "good" : "quiet"}>{t(inUse ? "recipients.used" : "recipients.unused")}</Tag>
              </li>
            ))}
          </ul>
        ) : (
          <Reading place="recipients" state={found.state as "loading"} load={found.load} />
        )}
      </div>
    </>
  );
}

function browser(family: BrowserFamily, version = 0): string {
  return version > 0 ? `${word("browser", family)} ${version}` : word("browser", family);
}

/** The log of browsers: an officer reads its entries, which stands in the ledger; counts name nobody. */
export function Browsers() {
  const sites = useLoaded("sites", readSites);
  const all = sites.value ?? [];
  const chosen = all.find(({ id }) => id === site.value) ?? all[0];
  if (!sites.value) {
    return (
      <>
        <Heading title={t("browsers")} lead={t("browsers.lead")} />
        <Reading place="browsers" state={sites.state as "loading"} load={sites.load} />
      </>
    );
  }
  return (
    <>
      <Heading title={t("browsers")} lead={t("browsers.lead")} />
      {chosen ? (
        <div class="page">
          {all.length > 1 && (
            <Select
              label={t("notice.site")}
              value={chosen.id}
              all={all.map(({ id, displayName }) => [id, displayName])}
              choose={(id) => (site.value = id)}
            />
          )}
          <Counts siteId={chosen.id} />
          {has("CALLER_PRIVACY_OFFICER") && <Log siteId={chosen.id} />}
        </div>
      ) : (
        <Nothing title={t("notice.no.site")} text={t("notice.no.site.text")} />
      )}
    </>
  );
}

function Counts({ siteId }: { siteId: string }) {
  const list = usePaged(siteId, async (pageToken) => {
    const page = await get(ListBrowserCountsResponseSchema, `/v1/sites/${siteId}/browser-counts`, { pageToken });
    return {
      items: page.counts.map((one) => ({ ...one, id: `${one.day} ${one.countedFamily}` })),
      next: page.nextPageToken,
    };
  });
  return (
    <Part title={t("browsers.counts")}>
      <Listed
        place="browsers"
        list={list}
        label={t("browsers.counts")}
        head={[t("counts.day"), t("browsers.browser"), t("browsers.chats")]}
        row={({ day, countedFamily, count }) => [day, browser(countedFamily), count]}
        none={t("browsers.none")}
      />
    </Part>
  );
}

function Log({ siteId }: { siteId: string }) {
  // Nothing is read, and nothing entered in the ledger, before somebody wants to see it.
  const open = useSignal("");
  return (
    <Part title={t("browsers.log")}>
      <p class="soft">{t("browsers.log.text")}</p>
      {open.value === siteId ? (
        <Entries siteId={siteId} />
      ) : (
        <div class="inline-actions">
          <button type="button" class="button" onClick={() => (open.value = siteId)}>
            {t("browsers.log.show")}
          </button>
        </div>
      )}
    </Part>
  );
}

function Entries({ siteId }: { siteId: string }) {
  const list = usePaged(siteId, async (pageToken) => {
    const page = await get(ListBrowserLogResponseSchema, `/v1/sites/${siteId}/browser-log`, { pageToken });
    return { items: page.entries, next: page.nextPageToken };
  });
  return (
    <Listed
      place="browsers"
      list={list}
      label={t("browsers.log")}
      head={[t("browsers.hour"), t("browsers.browser"), t("browsers.address")]}
      row={({ hourTime, family, majorVersion, networkAddress, isShortened }) => [
        exact(hourTime),
        browser(family, majorVersion),
        isShortened ? t("browsers.network", { network: networkAddress }) : networkAddress,
      ]}
      none={t("browsers.none")}
    />
  );
}
