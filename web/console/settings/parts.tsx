/** What the pages of the settings are made of, beside what they share with the privacy section. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { PageHeading } from "../pages.tsx";
import { Select } from "../privacy/parts.tsx";
import { href } from "../route.ts";
import { trouble } from "./data.ts";
import { t } from "./words.ts";

/** The heading of a page: what it is, what it is for, and what can be done. */
export function Heading(props: { title: string; lead: string; children?: ComponentChildren }) {
  return <PageHeading {...props} back={{ href: href("settings"), label: t("back") }} />;
}

/** What stands in a page's place while it is read, or where it cannot be. */
export function Reading({ state, load }: { state: string; load: () => void }) {
  if (state === "loading") {
    return (
      <p class="progress" role="status">
        <span class="spinner" />
        <span class="unseen">{t("reading")}</span>
      </p>
    );
  }
  return (
    <p class="note bad" role="alert">
      {t("failed")}{" "}
      <button type="button" class="link" onClick={load}>
        {t("again")}
      </button>
    </p>
  );
}

/** A form on the page itself: it keeps what was typed where the deed fails, and says why. */
export function Form(props: {
  yes: string;
  ready?: boolean;
  deed: () => Promise<void>;
  label: string;
  children: ComponentChildren;
}) {
  const busy = useSignal(false);
  const wrong = useSignal("");
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || props.ready === false) return;
    busy.value = true;
    wrong.value = "";
    try {
      await props.deed();
    } catch (error) {
      wrong.value = trouble(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class="form" onSubmit={submit} aria-label={props.label}>
      {props.children}
      <div role="alert">{wrong.value !== "" && <p class="note bad">{wrong.value}</p>}</div>
      <button type="submit" class="button main" aria-disabled={busy.value || props.ready === false}>
        {busy.value ? t("busy") : props.yes}
      </button>
    </form>
  );
}

/** Some of several, ticked. */
export function Several<V extends string>(props: {
  legend: string;
  all: readonly (readonly [V, string, string?])[];
  chosen: readonly V[];
  choose: (chosen: readonly V[]) => void;
}) {
  return (
    <fieldset class="line">
      <legend>{props.legend}</legend>
      {props.all.map(([value, title, hint]) => (
        <label key={value} class="switch">
          <input
            type="checkbox"
            checked={props.chosen.includes(value)}
            onChange={({ currentTarget }) =>
              props.choose(
                currentTarget.checked ? [...props.chosen, value] : props.chosen.filter((one) => one !== value),
              )
            }
          />
          <span>
            {title}
            {hint && <small>{hint}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The languages in which the platform writes to people who come in. */
const MAILED = [
  ["en", "English"],
  ["de", "Deutsch"],
  ["ar", "العربية"],
] as const;
type Mailed = (typeof MAILED)[number][0];

/** The language of whoever is signed in, where mails are written in it: a colleague's is most often the same. */
export function ownLanguage(): Mailed {
  const own = navigator.language.slice(0, 2).toLowerCase();
  return MAILED.find(([tag]) => tag === own)?.[0] ?? "en";
}

/** In which language a mail is written. */
export function MailLanguage({ value, choose }: { value: Mailed; choose: (language: Mailed) => void }) {
  return <Select label={t("mail.language")} value={value} all={MAILED} choose={choose} />;
}
