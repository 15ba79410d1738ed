/** The notices: what each site tells people before a chat, and what it asks them. */
import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { ListSitesResponseSchema, type Site } from "../../shared/gen/frames.ts";
import { get, useLoaded } from "./data.ts";
import { History } from "./history.tsx";
import { Heading, Nothing, Reading, Select } from "./parts.tsx";
import { noticeOf } from "./texts.ts";
import { t } from "./words.ts";

/** The site whose notice is in front; empty for the first. */
export const site = signal("");

/** Reads all sites. */
export async function readSites(): Promise<readonly Site[]> {
  const found: Site[] = [];
  let pageToken = "";
  do {
    const page = await get(ListSitesResponseSchema, "/v1/sites", { pageToken });
    found.push(...page.sites);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return found;
}

/** The page of notices. */
export function Notices() {
  const sites = useLoaded("sites", readSites);
  const all = sites.value ?? [];
  const chosen = all.find(({ id }) => id === site.value) ?? all[0];
  const source = useMemo(() => chosen && noticeOf(chosen.id), [chosen?.id]);
  if (!sites.value || !source || !chosen) {
    return (
      <>
        <Heading title={t("notices")} lead={t("notice.lead")} />
        {sites.value ? (
          <Nothing title={t("notice.no.site")} text={t("notice.no.site.text")} />
        ) : (
          <Reading place="notices" state={sites.state as "loading"} load={sites.load} />
        )}
      </>
    );
  }
  return (
    <History key={source.key} source={source} language={chosen.language || "en"}>
      {all.length > 1 && (
        <div class="filters">
          <Select
            label={t("notice.site")}
            value={chosen.id}
            all={all.map(({ id, displayName }) => [id, displayName])}
            choose={(id) => (site.value = id)}
          />
        </div>
      )}
    </History>
  );
}
