/** The first page: what the site says about the chat, what it asks, and a name for those who want to give one. */
import { signal, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Question } from "../shared/gen/frames.ts";
import { linkify } from "../shared/linkify.ts";
import { focusWithin, shown } from "./host.ts";
import { change, front, isOpen, notice, privacyPath, recognised, site, start, unfollowed } from "./session.ts";
import { t, tOr } from "./words/en.ts";

/** Something that the tenant asks before the chat, in the tenant's own words. */
function Asked({ question, language }: { question: Question; language: string }) {
  const { number, label, hint, kind, required } = question;
  const id = `question-${number}`;
  const shared = { id, name: id, required, dir: "auto" as const, maxLength: 1000 };
  const described = hint === "" ? {} : { "aria-describedby": `${id}-hint` };
  return (
    <div class="field">
      <label for={id}>
        <span lang={language}>{label}</span> {required && <span class="faint">({t("welcome.required")})</span>}
      </label>
      {kind === "KIND_LINES" ? (
        <textarea rows={3} {...shared} {...described} />
      ) : (
        <input type={kind === "KIND_EMAIL" ? "email" : "text"} {...shared} {...described} />
      )}
      {hint !== "" && (
        <p id={`${id}-hint`} class="hint" lang={language} dir="auto">
          {hint}
        </p>
      )}
    </div>
  );
}

/** The field for a code from an earlier chat, once somebody wants it. */
const back = signal<ComponentType | undefined>(undefined);

/** What has changed since the notice that was agreed to before. */
function Changed({ language }: { language: string }) {
  const { material, summaries = [] } = change.value ?? {};
  if (!change.value) return null;
  return (
    <div class={`note ${material ? "careful" : ""}`} role="status">
      <p>
        <strong>{t("welcome.change")}</strong>
      </p>
      {summaries.map((summary) => (
        <p lang={language} dir="auto">
          {summary}
        </p>
      ))}
      <a href={`${privacyPath}/notices/${notice.value?.id}`} target="_blank" rel="noopener">
        {t("welcome.change.difference")}
      </a>
    </div>
  );
}

export function Welcome() {
  const busy = useSignal(false);
  const trouble = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const Back = back.value;
  const { Absent, LeftFields } = front.value ?? {};
  const title = useRef<HTMLHeadingElement>(null);
  const { text = "", policyUrl = "", language = "", questions = [] } = notice.value ?? {};
  // Only a real address becomes a link.
  const policy = linkify(policyUrl)[0]?.href;

  useEffect(() => {
    // On a touch screen a field that has the focus opens a keyboard over the notice; nobody asked for that. And what is
    // below the fold, or under the button that stays in sight, is not where somebody begins.
    const start = field.current?.form?.querySelector("[type=submit]")?.getBoundingClientRect().top ?? 0;
    const hidden = (field.current?.getBoundingClientRect().bottom ?? 0) > start;
    focusWithin(hidden || matchMedia("(hover: none)").matches ? title.current : field.current);
  }, [shown.value]);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    // What is left is written in a piece that comes later than the rest.
    if (busy.value || !(isOpen.value || LeftFields)) return;
    busy.value = true;
    trouble.value = "";
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(said.get(name) ?? "").trim();
    const left = isOpen.value ? undefined : { body: text("message"), replyEmail: text("reply") };
    const introduction = {
      displayName: text("name"),
      answers: questions
        .map(({ number }) => ({ number, text: text(`question-${number}`) }))
        .filter((answer) => answer.text !== ""),
      remembered: said.get("remember") === "on",
    };
    const reason = await start(introduction, left);
    busy.value = false;
    if (reason === "") return;
    trouble.value =
      reason === "NOTICE_CHANGED"
        ? t("welcome.changed")
        : reason.endsWith("_LIMITED")
          ? t("welcome.limited")
          : reason.startsWith("VISITOR_BLOCKED_")
            ? t("welcome.blocked", {
                reason: tOr(reason.replace("VISITOR_BLOCKED_", "welcome.blocked."), "welcome.blocked.SPAM"),
              })
            : t("welcome.failed");
  };

  return (
    <form class="page welcome" onSubmit={submit}>
      <p class="greeting" dir="auto">
        {site.value?.greeting || t("welcome.greeting")}
      </p>
      {Absent && <Absent />}
      <section class="notice" aria-labelledby="notice-title">
        <h2 id="notice-title" ref={title} tabIndex={-1}>
          {t("welcome.notice")}
        </h2>
        <Changed language={language} />
        <div lang={language} dir="auto">
          {text.split(/\n\s*\n/).map((paragraph) => (
            <p>{paragraph}</p>
          ))}
        </div>
        <p class="ways">
          {policy && (
            <a href={policy} target="_blank" rel="noopener noreferrer">
              {t("welcome.policy")}
            </a>
          )}
          <a href={privacyPath} target="_blank" rel="noopener">
            {t("welcome.rights")}
          </a>
        </p>
      </section>
      <div class="field">
        <label for="name">{t("welcome.name")}</label>
        <input
          id="name"
          name="name"
          ref={field}
          maxLength={200}
          autocomplete="name"
          dir="auto"
          aria-describedby="name-hint"
        />
        <p id="name-hint" class="hint">
          {t("welcome.hint")}
        </p>
      </div>
      {questions.map((question) => (
        <Asked key={question.number} question={question} language={language} />
      ))}
      {!isOpen.value && LeftFields && <LeftFields />}
      {recognised.value ? (
        <p class="hint">{t("welcome.recognised")}</p>
      ) : unfollowed ? (
        <p class="hint">{t("welcome.unfollowed")}</p>
      ) : (
        <label class="tick">
          <input type="checkbox" name="remember" aria-describedby="remember-hint" />
          <span>
            {t("welcome.remember")}
            <small id="remember-hint">{t("welcome.remember.hint")}</small>
          </span>
        </label>
      )}
      <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
      <button type="submit" class="button main wide" aria-disabled={busy.value}>
        {busy.value ? t("welcome.starting") : isOpen.value ? t("welcome.start") : t("left.send")}
      </button>
      <details
        class="come-back"
        onToggle={() => {
          // Rarely used, so that it comes when it is wanted; without a connection no code could be tried either.
          if (!Back) import("./comeback.tsx").then((piece) => (back.value = piece.ComeBack)).catch(() => {});
        }}
      >
        <summary>{t("back.have")}</summary>
        {Back && <Back />}
      </details>
    </form>
  );
}
