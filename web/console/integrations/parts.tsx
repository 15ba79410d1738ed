/** What both pages of the integrations are made of. */
import type { ComponentChildren } from "preact";
import { t } from "./words.ts";

/** A page's name and what it is for. */
export function Head({ title, lead, children }: { title: string; lead: string; children?: ComponentChildren }) {
  return (
    <header class="column-head">
      <div>
        <h2>{title}</h2>
        <p class="soft">{lead}</p>
      </div>
      {children}
    </header>
  );
}

/** What stands where there is nothing. */
export function Empty({ title, text }: { title: string; text: string }) {
  return (
    <div class="list-state">
      <h3>{title}</h3>
      <p>{text}</p>
    </div>
  );
}

/** What stands while something is read, or could not be. */
export function Standing({ state, load }: { state: string; load: () => void }) {
  if (state === "failed") {
    return (
      <p class="note bad" role="alert">
        {t("hooks.failed")}{" "}
        <button type="button" class="button" onClick={load}>
          {t("hooks.again")}
        </button>
      </p>
    );
  }
  return (
    <p class="progress" role="status">
      <span class="spinner" />
      <span class="unseen">{t("hooks.loading")}</span>
    </p>
  );
}
