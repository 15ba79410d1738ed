/** Copies of transcripts: begun, watched while they are put together, and saved. */
import { useEffect, useRef } from "preact/hooks";
import type { Purpose } from "../../shared/gen/frames.ts";
import { CreateExportResponseSchema, type Export, ListExportsResponseSchema } from "../../shared/gen/transcripts.ts";
import { Icon } from "../../shared/icons.tsx";
import { exact } from "../../shared/time.tsx";
import { fetchFile, get, newRequestId, post, useAgain, useLoaded } from "../privacy/data.ts";
import { go } from "../route.ts";
import type { Filter } from "./search.ts";
import { t, word } from "./words.ts";

export const FORMATS = ["FORMAT_TEXT", "FORMAT_JSON", "FORMAT_HTML"] as const;
export type Format = (typeof FORMATS)[number];

const NAMES: Record<string, string> = {
  FORMAT_TEXT: "transcripts.txt",
  FORMAT_JSON: "transcripts.json",
  FORMAT_HTML: "transcripts.html",
};

/** Begins a copy. */
export async function createCopy(
  of: { conversationId: string } | { filter: Filter },
  format: Format,
  purpose: Purpose,
): Promise<Export | undefined> {
  const body = { ...of, format, purpose, requestId: newRequestId() };
  return (await post(CreateExportResponseSchema, "/v1/exports", body)).export;
}

/** Saves a copy's file. */
export function saveCopy({ id, format }: Export): Promise<boolean> {
  return fetchFile(`/v1/exports/${id}:download`, NAMES[format] ?? "transcripts.txt");
}

/** The signed-in person's copies. */
export function Copies() {
  const copies = useLoaded("copies", async () => (await get(ListExportsResponseSchema, "/v1/exports")).exports);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useAgain(copies.value?.some(({ state }) => state === "STATE_RUNNING") ?? false, copies.load, 1000);
  return (
    <article class="detail">
      <header>
        <button type="button" class="button plain icon back" aria-label={t("back")} onClick={() => go("transcripts")}>
          <Icon name="back" />
        </button>
        <h2 ref={heading} tabIndex={-1}>
          {t("copies.title")}
        </h2>
      </header>
      <div class="detail-body">
        <p class="soft">{t("copies.lead")}</p>
        {copies.value ? (
          copies.value.length === 0 ? (
            <p>{t("copies.empty")}</p>
          ) : (
            <ul class="copies">
              {copies.value.map((copy) => (
                <Copy key={copy.id} copy={copy} />
              ))}
            </ul>
          )
        ) : copies.state === "failed" ? (
          <div role="alert">
            <p>{t("failed.title")}</p>
            <button type="button" class="button" onClick={copies.load}>
              {t("again")}
            </button>
          </div>
        ) : (
          <p role="status">{t("reading")}</p>
        )}
      </div>
    </article>
  );
}

function Copy({ copy }: { copy: Export }) {
  const ready = copy.state === "STATE_READY";
  return (
    <li>
      <div>
        <strong>
          {word("format", copy.format)} · {t("copies.count", { count: ready ? copy.done : copy.total })}
        </strong>
        <p class="soft">
          {word("purpose", copy.purpose)} · {t("copies.until", { time: exact(copy.expireTime) })}
        </p>
        {copy.cut && <p class="soft">{t("copies.cut")}</p>}
        {!ready && (
          <p class="progress" role="status">
            <progress value={copy.done} max={Math.max(1, copy.total)} aria-label={t("copies")} />
            {copy.total > 0 ? t("copies.running", { done: copy.done, total: copy.total }) : t("copies.finding")}
          </p>
        )}
      </div>
      {ready && (
        <button type="button" class="button" onClick={() => saveCopy(copy)}>
          {t("copies.save")}
        </button>
      )}
    </li>
  );
}
