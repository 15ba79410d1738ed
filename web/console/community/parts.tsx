/** What the pages of the community section are made of, beside what they share with the privacy section. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, reasonOf } from "../../shared/api.ts";
import { Icon } from "../../shared/icons.tsx";
import { trouble } from "../privacy/data.ts";
import { go, href } from "../route.ts";
import { openId, type PlaceId, places } from "./places.ts";
import { named, t } from "./words.ts";

/** The heading of a page: what it is, what it is for, and what can be done. */
export function Heading({ title, lead, children }: { title: string; lead: string; children?: ComponentChildren }) {
  return (
    <header class="heading">
      {places().length > 1 && (
        <a class="button plain icon to-places" href={href("community")} aria-label={t("back")}>
          <Icon name="back" />
        </a>
      )}
      <div>
        <h2>{title}</h2>
        <p>{lead}</p>
      </div>
      {children && <div class="heading-actions">{children}</div>}
    </header>
  );
}

/** A list, and beside it or in its place what is open. */
export function Split({ list, children }: { list: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class={`split ${openId.value === "" ? "" : "opened"}`}>
      <div class="split-list">{list}</div>
      <div class="split-main">{children}</div>
    </div>
  );
}

/** What is open: its title, where it stands, and the rest. */
export function Detail(props: {
  place: PlaceId;
  title: string;
  tags?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Reading goes on here, by keyboard and by screen reader.
    title.current?.focus({ preventScroll: true });
  }, [openId.value]);
  return (
    <article class="detail">
      <header>
        <button
          type="button"
          class="button plain icon back"
          aria-label={t("back.list")}
          onClick={() => go("community", props.place)}
        >
          <Icon name="back" />
        </button>
        <h2 ref={title} tabIndex={-1} dir="auto">
          {props.title}
        </h2>
        {props.tags}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div class="detail-body" role="group" aria-label={props.title} tabIndex={0}>
        {props.children}
        {props.actions && <div class="detail-actions">{props.actions}</div>}
      </div>
    </article>
  );
}

/** What stands in a place while it is read, or where it cannot be. */
export function Reading({ state, load }: { state: "loading" | "failed" | "gone"; load: () => void }) {
  if (state === "loading") {
    return (
      <div class="list-state middle" role="status">
        <span class="spinner" />
        <span class="unseen">{t("loading")}</span>
      </div>
    );
  }
  return (
    <div class="list-state middle" role="alert">
      <h2>{t(state === "gone" ? "gone.title" : "failed.title")}</h2>
      <p>{t(state === "gone" ? "gone.text" : "failed.text")}</p>
      <button type="button" class="button" onClick={load}>
        {t("again")}
      </button>
    </div>
  );
}

/** Returns what to say of a deed that was refused. */
export function explain(error: unknown): string {
  const why = error instanceof ApiError ? named(`reason.${reasonOf(error)}`) : "";
  return why || trouble(error);
}

/** A post as text: what somebody wrote is looked at here, and never run. */
export function textOf(html: string): string {
  return new DOMParser().parseFromString(html, "text/html").body.textContent?.trim() ?? "";
}
