/** Copies of transcripts: begun, watched while they are put together, and saved. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Purpose } from "../../shared/gen/frames.ts";
import {
  CancelExportResponseSchema,
  CreateExportResponseSchema,
  type Export,
  ListExportsResponseSchema,
} from "../../shared/gen/transcripts.ts";
import { Icon } from "../../shared/icons.tsx";
import { exact } from "../../shared/time.tsx";
import { fetchFile, get, newRequestId, post, useAgain, useLoaded } from "../privacy/data.ts";
import { Ask, Select } from "../privacy/parts.tsx";
import { go } from "../route.ts";
import { api } from "../session.ts";
import { say } from "../toasts.tsx";
import { type Filter, PURPOSES } from "./search.ts";
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
  of: { conversationId: string } | { filter: Filter } | { everything: true },
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
  const all = useSignal(false);
  const cancelling = useSignal<Export | undefined>(undefined);
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
        <div class="pair">
          <button type="button" class="button" aria-haspopup="dialog" onClick={() => (all.value = true)}>
            {t("copies.everything")}
          </button>
        </div>
        {copies.value ? (
          copies.value.length === 0 ? (
            <p>{t("copies.empty")}</p>
          ) : (
            <ul class="copies">
              {copies.value.map((copy) => (
                <Copy key={copy.id} copy={copy} cancel={() => (cancelling.value = copy)} />
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
      {all.value && <Everything close={() => (all.value = false)} begun={copies.load} />}
      {cancelling.value && (
        <Ask
          title={t("copies.cancel.title")}
          text={t("copies.cancel.text")}
          yes={t("copies.cancel")}
          close={() => (cancelling.value = undefined)}
          deed={async () => {
            const path = `/v1/exports/${encodeURIComponent(cancelling.value?.id ?? "")}`;
            await api.call(CancelExportResponseSchema, "DELETE", path);
            say(t("copies.cancelled"));
            // The dialog goes first; then the button that opened it, which had the focus again.
            setTimeout(async () => {
              await copies.load();
              heading.current?.focus({ preventScroll: true });
            });
          }}
        />
      )}
    </article>
  );
}

function Everything({ close, begun }: { close: () => void; begun: () => Promise<void> }) {
  const purpose = useSignal<Purpose | "">("");
  const format = useSignal<Format>("FORMAT_JSON");
  return (
    <Ask
      title={t("copies.everything.title")}
      text={t("copies.everything.text")}
      yes={t("copy.all.yes")}
      close={close}
      ready={purpose.value !== ""}
      deed={async () => {
        if (purpose.value === "") return;
        await createCopy({ everything: true }, format.value, purpose.value);
        await begun();
      }}
    >
      <Select
        label={t("purpose")}
        value={purpose.value}
        all={[["", t("purpose.none")], ...PURPOSES.map((one) => [one, word("purpose", one)] as const)]}
        choose={(one) => (purpose.value = one)}
      />
      <Select
        label={t("format")}
        value={format.value}
        all={FORMATS.map((one) => [one, word("format", one)])}
        choose={(one) => (format.value = one)}
      />
    </Ask>
  );
}

function Copy({ copy, cancel }: { copy: Export; cancel: () => void }) {
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
      <div class="pair">
        <button type="button" class="button" aria-haspopup="dialog" onClick={cancel}>
          {t("copies.cancel")}
        </button>
        {ready && (
          <button type="button" class="button" onClick={() => saveCopy(copy)}>
            {t("copies.save")}
          </button>
        )}
      </div>
    </li>
  );
}
