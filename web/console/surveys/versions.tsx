/** What was published, and what changed between any two versions, or from one to the draft. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  type Definition,
  GetVersionResponseSchema,
  ListVersionsResponseSchema,
  type Version,
} from "../../shared/gen/survey.ts";
import { exact } from "../../shared/time.tsx";
import { get, useLoaded, usePaged } from "../privacy/data.ts";
import { Part, Select, When } from "../privacy/parts.tsx";
import { differences } from "./difference.ts";
import { Failed, type PageProps, Reading } from "./view.tsx";
import { t } from "./words.ts";

const DRAFT = "draft";

export function Versions({ survey }: PageProps) {
  const list = usePaged<Version>(`${survey.id} ${survey.versionId}`, async (pageToken) => {
    const path = `/v1/surveys/${encodeURIComponent(survey.id)}/versions`;
    const page = await get(ListVersionsResponseSchema, path, { pageToken });
    return { items: page.versions, next: page.nextPageToken };
  });
  const older = useSignal("");
  const newer = useSignal("");
  const versions = list.items.value;
  useEffect(() => {
    const [newest, before] = versions;
    newer.value ||= survey.hasChanges ? DRAFT : (newest?.id ?? "");
    older.value ||= (survey.hasChanges ? newest?.id : before?.id) ?? "";
  }, [versions]);
  const read = async (id: string): Promise<Definition | undefined> => {
    if (id === "") return undefined;
    if (id === DRAFT) return survey.draft;
    return (await get(GetVersionResponseSchema, `/v1/survey-versions/${encodeURIComponent(id)}`)).version?.definition;
  };
  const compared = useLoaded(newer.value === "" ? "" : `${older.value} ${newer.value} ${survey.etag}`, async () => {
    const [one, other] = await Promise.all([read(older.value), read(newer.value)]);
    return differences(one, other);
  });
  if (versions.length === 0) {
    if (list.state.value === "failed") return <Failed load={list.load} />;
    if (list.state.value !== "ready") return <Reading />;
    return (
      <div class="list-state">
        <h3>{t("versions.none")}</h3>
        <p>{t("versions.none.text")}</p>
      </div>
    );
  }
  const named = versions.map(({ id, number }) => [id, t("version", { number })] as const);
  return (
    <>
      <Part title={t("tab.versions")}>
        <p class="soft">{t("versions.text")}</p>
        <ol class="survey-rows" aria-label={t("tab.versions")}>
          {versions.map((version) => (
            <li key={version.id} class="survey-version">
              <strong>{t("version", { number: version.number })}</strong>{" "}
              <span class="soft">
                <When at={version.publishTime} /> ({exact(version.publishTime)})
              </span>
              <code class="survey-hash" title={t("versions.hash")}>
                {version.contentHash.slice(0, 16)}…
              </code>
            </li>
          ))}
        </ol>
        {list.next.value !== "" && (
          <button type="button" class="button" onClick={list.loadMore}>
            {t("more")}
          </button>
        )}
      </Part>
      <Part title={t("diff")}>
        <div class="pair">
          <Select
            label={t("diff.from")}
            value={older.value}
            all={[["", t("diff.nothing")] as const, ...named]}
            choose={(id) => (older.value = id)}
          />
          <Select
            label={t("diff.to")}
            value={newer.value}
            all={[[DRAFT, t("diff.draft")] as const, ...named]}
            choose={(id) => (newer.value = id)}
          />
        </div>
        {compared.state === "failed" ? (
          <Failed load={compared.load} />
        ) : !compared.value ? (
          <Reading />
        ) : compared.value.length === 0 ? (
          <p class="soft">{t("diff.none")}</p>
        ) : (
          <dl class="survey-diff">
            {compared.value.map(({ what, before, after }, at) => (
              <div key={at}>
                <dt>{what}</dt>
                <dd>
                  {before !== "" && <del dir="auto">{before}</del>} {after !== "" && <ins dir="auto">{after}</ins>}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Part>
    </>
  );
}
