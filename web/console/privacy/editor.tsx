/** The editor of the next version of a text: what it says, what it asks, what would change, and publishing it. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Question, QuestionKind } from "../../shared/gen/frames.ts";
import { Icon } from "../../shared/icons.tsx";
import { go } from "../route.ts";
import { say } from "../toasts.tsx";
import { newRequestId, type Paged } from "./data.ts";
import { inForce, ShownChanges } from "./history.tsx";
import { Ask, Check, Detail, Field, Part, Select } from "./parts.tsx";
import { FromTemplate } from "./template.tsx";
import { begin, type Changes, type Draft, differs, draftOf, type Source, type Version } from "./texts.ts";
import { t, word } from "./words.ts";

/** How long nothing is typed before the difference is asked for again. */
const CALM_MS = 500;
const MOST_QUESTIONS = 8;
const KINDS = ["KIND_LINE", "KIND_LINES", "KIND_EMAIL"] as const satisfies readonly QuestionKind[];

/** Where the shown difference stands. */
type Shown = "waiting" | "failed" | Changes;

/** The editor. */
export function Editor({ source, list, language }: { source: Source; list: Paged<Version>; language: string }) {
  const draft = draftOf(source);
  const versions = list.items.value;
  const newest = versions.find(({ id }) => inForce(versions).has(id));
  // A list of policies has no texts, so the one in force is read before it is changed.
  const current = useSignal<Version | undefined>(undefined);
  const ready = useSignal(newest === undefined);
  const failed = useSignal(false);
  const templates = useSignal(false);
  const publishing = useSignal(false);
  const shown = useSignal<Shown>("waiting");
  const requestId = useRef(newRequestId());

  const readCurrent = async () => {
    if (!newest) return;
    failed.value = false;
    try {
      current.value = await source.read(newest.id);
      ready.value = true;
    } catch {
      failed.value = true;
    }
  };
  useEffect(() => {
    readCurrent();
  }, [newest?.id]);
  useEffect(() => {
    if (ready.value && !draft.peek()) draft.value = begin(current.peek(), language);
  }, [ready.value]);

  const written = draft.value;
  useEffect(() => {
    if (!written || !current.value) return;
    let over = false;
    const timer = setTimeout(async () => {
      try {
        const changes = await source.preview(written);
        if (!over) shown.value = changes;
      } catch {
        if (!over) shown.value = "failed";
      }
    }, CALM_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [written?.text, written?.questions, written?.language, current.value]);

  if (failed.value) {
    return (
      <div class="list-state middle" role="alert">
        <h2>{t("failed.title")}</h2>
        <p>{t("failed.text")}</p>
        <button type="button" class="button" onClick={readCurrent}>
          {t("again")}
        </button>
      </div>
    );
  }
  if (!written) {
    return (
      <div class="list-state middle" role="status">
        <span class="spinner" />
        <span class="unseen">{t("reading")}</span>
      </div>
    );
  }
  const change = (fields: Partial<Draft>) => {
    draft.value = { ...written, ...fields };
    // Another text is another publication, even after one whose answer got lost.
    requestId.current = newRequestId();
  };
  const discard = () => {
    const before = written;
    draft.value = undefined;
    go("privacy", source.place);
    say(t("draft.discarded"), () => {
      draft.value = before;
      go("privacy", source.place, "new");
    });
  };
  const publish = async () => {
    const version = await source.publish(
      {
        ...written,
        text: written.text.trim(),
        policyUrl: written.policyUrl.trim(),
        changeSummary: written.changeSummary.trim(),
      },
      requestId.current,
    );
    draft.value = undefined;
    await list.load();
    say(t(`${source.kind}.published`));
    go("privacy", source.place, ...(version ? [version.id] : []));
  };
  const labelled = written.questions.every(({ label }) => label.trim() !== "");
  const must = typeof shown.value === "object" && shown.value.questionsChanged;
  const fresh = differs(written, current.value);
  return (
    <Detail
      place={source.place}
      title={t(current.value ? "draft" : "draft.first")}
      actions={
        <>
          <button
            type="button"
            class="button"
            aria-disabled={!fresh || !labelled || written.text.trim() === ""}
            onClick={() => {
              if (fresh && labelled && written.text.trim() !== "") publishing.value = true;
            }}
          >
            {t("draft.publish")}
          </button>
          <button type="button" class="button" onClick={discard}>
            {t("draft.discard")}
          </button>
        </>
      }
    >
      <p class="soft">{t("draft.text")}</p>
      <div class="inline-actions">
        <button type="button" class="button" onClick={() => (templates.value = true)}>
          <Icon name="copy" size={18} />
          {t("template.use")}
        </button>
      </div>
      <Field
        label={t(`${source.kind}.words`)}
        hint={t(`${source.kind}.words.hint`)}
        value={written.text}
        input={(text) => change({ text })}
        lines={source.kind === "policy" ? 18 : 10}
        maxLength={source.maximum}
        required
      />
      <Field
        label={t("version.language")}
        hint={t("version.language.hint")}
        value={written.language}
        input={(tag) => change({ language: tag })}
        maxLength={35}
        required
      />
      {source.kind === "notice" && (
        <>
          <Field
            label={t("notice.url")}
            hint={t("notice.url.hint")}
            value={written.policyUrl}
            type="url"
            input={(policyUrl) => change({ policyUrl })}
            maxLength={2000}
            placeholder="https://"
          />
          <Asked questions={written.questions} change={(questions) => change({ questions })} />
        </>
      )}
      {current.value && (
        <>
          <Check
            label={t("draft.material")}
            hint={t(must ? "draft.material.must" : "draft.material.hint")}
            checked={written.material || must}
            set={(material) => change({ material })}
          />
          <Field
            label={t("draft.summary")}
            hint={t("draft.summary.hint")}
            value={written.changeSummary}
            input={(changeSummary) => change({ changeSummary })}
            lines={2}
            maxLength={1000}
          />
          <Part title={t("difference")}>
            {!fresh ? (
              <p class="soft">{t("difference.none")}</p>
            ) : shown.value === "waiting" ? (
              <p class="soft">{t("reading")}</p>
            ) : shown.value === "failed" ? (
              <p class="soft">{t("difference.failed")}</p>
            ) : (
              <ShownChanges changes={shown.value} />
            )}
          </Part>
        </>
      )}
      {templates.value && (
        <FromTemplate
          kind={source.kind}
          close={() => (templates.value = false)}
          take={(text, tag) => {
            const before = written;
            change({ text, language: tag || written.language });
            say(t("template.taken"), () => {
              draft.value = before;
            });
          }}
        />
      )}
      {publishing.value && (
        <Ask
          title={t(`${source.kind}.publish.title`)}
          text={t(`${source.kind}.publish.text${written.material || must ? ".material" : ""}`)}
          yes={t("publish")}
          close={() => (publishing.value = false)}
          deed={publish}
        />
      )}
    </Detail>
  );
}

/** What is asked before a chat. */
function Asked({ questions, change }: { questions: Question[]; change: (questions: Question[]) => void }) {
  const put = (at: number, fields: Partial<Question>) =>
    change(questions.map((one, other) => (other === at ? { ...one, ...fields } : one)));
  const remove = (at: number) => {
    change(questions.filter((_, other) => other !== at));
    say(t("question.removed"), () => change(questions));
  };
  return (
    <Part title={t("questions")}>
      <p class="soft">{t("questions.text")}</p>
      {questions.map(({ label, hint, kind, required }, at) => (
        <fieldset key={at} class="line">
          <legend>{t("question", { number: at + 1 })}</legend>
          <Field
            label={t("question.label")}
            value={label}
            input={(text) => put(at, { label: text })}
            maxLength={200}
            required
          />
          <Field label={t("question.hint")} value={hint} input={(text) => put(at, { hint: text })} maxLength={300} />
          <Select
            label={t("question.kind")}
            value={kind}
            all={KINDS.map((one) => [one, word("question.kind", one)])}
            choose={(one) => put(at, { kind: one })}
          />
          <Check label={t("question.required")} checked={required} set={(on) => put(at, { required: on })} />
          <button type="button" class="link" onClick={() => remove(at)}>
            {t("question.remove", { number: at + 1 })}
          </button>
        </fieldset>
      ))}
      {questions.length < MOST_QUESTIONS && (
        <button
          type="button"
          class="button"
          onClick={() => change([...questions, { number: 0, label: "", hint: "", kind: "KIND_LINE", required: false }])}
        >
          <Icon name="plus" size={18} />
          {t("question.add")}
        </button>
      )}
    </Part>
  );
}
