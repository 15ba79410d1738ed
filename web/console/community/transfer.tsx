/** The community as a file: written out for whoever goes elsewhere, and taken in where there is none yet. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { ApiError, reasonOf } from "../../shared/api.ts";
import { fromJson } from "../../shared/codec.ts";
import { type ImportCommunityResponse, ImportCommunityResponseSchema } from "../../shared/gen/community.ts";
import { sendFile } from "../../shared/upload.ts";
import { fetchFile, newRequestId } from "../privacy/data.ts";
import { Facts, Part } from "../privacy/parts.tsx";
import { href } from "../route.ts";
import { api } from "../session.ts";
import { explain, Heading } from "./parts.tsx";
import { t } from "./words.ts";

/** The page of the file. */
export function Transfer() {
  return (
    <>
      <Heading title={t("transfer")} lead={t("transfer.lead")} />
      <div class="page">
        <div class="transfer">
          <Out />
          <In />
        </div>
      </div>
    </>
  );
}

function Out() {
  const busy = useSignal(false);
  const done = useSignal(false);
  const write = async () => {
    if (busy.value) return;
    busy.value = true;
    done.value = false;
    const today = new Date().toISOString().slice(0, 10);
    done.value = await fetchFile("/v1/community:export", `community-${today}.jsonl`);
    busy.value = false;
  };
  return (
    <Part title={t("export")}>
      <p>{t("export.text")}</p>
      <p class="soft">{t("export.without")}</p>
      <p>
        <button type="button" class="button" aria-disabled={busy.value} onClick={write}>
          {t("export.write")}
        </button>
      </p>
      <p role="status">{busy.value ? t("export.busy") : done.value ? t("export.done") : ""}</p>
    </Part>
  );
}

interface Chosen {
  file: File;
  /** The same for every try with this file, so that one that came in unseen is not taken in twice. */
  key: string;
}

function In() {
  const chosen = useSignal<Chosen | undefined>(undefined);
  const part = useSignal<number | undefined>(undefined);
  const wrong = useSignal("");
  const counts = useSignal<ImportCommunityResponse | undefined>(undefined);
  const input = useId();
  const take = async (event: Event) => {
    event.preventDefault();
    const { value } = chosen;
    if (part.value !== undefined || !value) return;
    part.value = 0;
    wrong.value = "";
    counts.value = undefined;
    try {
      const { accessToken } = await api.token();
      const progress = (sent: number) => {
        part.value = sent;
      };
      const path = "/v1/community:import";
      const [, answer] = sendFile({ path, file: value.file, key: value.key, accessToken, progress });
      counts.value = fromJson(ImportCommunityResponseSchema, JSON.parse(await answer));
    } catch (error) {
      wrong.value = why(error);
      // What was refused may be another file of the same name by the next try.
      if (error instanceof ApiError && !error.passing) chosen.value = { ...value, key: newRequestId() };
    } finally {
      part.value = undefined;
    }
  };
  const sent = part.value;
  return (
    <Part title={t("import")}>
      <p>{t("import.text")}</p>
      <p class="soft">{t("import.names")}</p>
      <form class="transfer-in" onSubmit={take}>
        <div class="field">
          <label for={input}>{t("import.file")}</label>
          <input
            id={input}
            type="file"
            accept=".jsonl,.ndjson,application/x-ndjson"
            disabled={sent !== undefined}
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.[0];
              chosen.value = file && { file, key: newRequestId() };
              wrong.value = "";
              counts.value = undefined;
            }}
          />
        </div>
        <button type="submit" class="button" aria-disabled={!chosen.value || sent !== undefined}>
          {t("import.take")}
        </button>
      </form>
      {sent !== undefined && (
        <p class="transfer-progress">
          <progress max={1} value={sent < 1 ? sent : undefined} aria-label={t("import.progress")} />
        </p>
      )}
      <div role="status">
        {sent !== undefined && <p>{sent < 1 ? t("import.sending") : t("import.reading")}</p>}
        {counts.value && <Taken counts={counts.value} />}
      </div>
      <div role="alert">{wrong.value !== "" && <p class="note bad">{wrong.value}</p>}</div>
    </Part>
  );
}

function Taken({ counts }: { counts: ImportCommunityResponse }) {
  const { spaces, topics, posts, members } = counts;
  if (spaces + topics + posts + members === 0) return <p>{t("import.before")}</p>;
  return (
    <>
      <p>{t("import.done")}</p>
      <Facts
        facts={[
          [t("spaces"), String(spaces)],
          [t("topics"), String(topics)],
          [t("import.posts"), String(posts)],
          [t("import.members"), String(members)],
        ]}
      />
      <p>
        <a class="button" href={href("community", "spaces")}>
          {t("import.look")}
        </a>
      </p>
    </>
  );
}

/** Returns what to say of a file that was not taken in. */
export function why(error: unknown): string {
  const [place] = error instanceof ApiError ? error.fields : [];
  const line = /^line ([0-9]+)$/.exec(place?.field ?? "")?.[1];
  if (reasonOf(error) === "IMPORT_MALFORMED" && line) return t("import.malformed.line", { line });
  return explain(error);
}
