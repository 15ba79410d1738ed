/** The first page: what the site says about the chat, and a name for those who want to give one. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { linkify } from "../shared/linkify.ts";
import { focusWithin, shown } from "./host.ts";
import { notice, site, start } from "./session.ts";
import { t } from "./words/en.ts";

export function Welcome() {
  const name = useSignal("");
  const busy = useSignal(false);
  const trouble = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const { text = "", policyUrl = "", language = "" } = notice.value ?? {};
  // Only a real address becomes a link.
  const policy = linkify(policyUrl)[0]?.href;

  useEffect(() => {
    focusWithin(field.current);
  }, [shown.value]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    trouble.value = "";
    const reason = await start(name.value.trim());
    busy.value = false;
    if (reason === "") return;
    trouble.value =
      reason === "NOTICE_CHANGED"
        ? t("welcome.changed")
        : reason.endsWith("_LIMITED")
          ? t("welcome.limited")
          : t("welcome.failed");
  };

  return (
    <form class="page welcome" onSubmit={submit}>
      <p class="greeting" dir="auto">
        {site.value?.greeting || t("welcome.greeting")}
      </p>
      <section class="notice" aria-labelledby="notice-title">
        <h2 id="notice-title">{t("welcome.notice")}</h2>
        <div lang={language} dir="auto">
          {text.split(/\n\s*\n/).map((paragraph) => (
            <p>{paragraph}</p>
          ))}
        </div>
        {policy && (
          <a href={policy} target="_blank" rel="noopener noreferrer">
            {t("welcome.policy")}
          </a>
        )}
      </section>
      <div class="field">
        <label for="name">{t("welcome.name")}</label>
        <input
          id="name"
          ref={field}
          maxLength={200}
          autocomplete="name"
          dir="auto"
          aria-describedby="name-hint"
          value={name}
          onInput={({ currentTarget }) => {
            name.value = currentTarget.value;
          }}
        />
        <p id="name-hint" class="hint">
          {t("welcome.hint")}
        </p>
      </div>
      <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
      <button type="submit" class="button main wide" aria-disabled={busy.value}>
        {busy.value ? t("welcome.starting") : t("welcome.start")}
      </button>
    </form>
  );
}
