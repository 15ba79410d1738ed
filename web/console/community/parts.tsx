/** What the pages of the community section are made of, beside what they share with the privacy section. */
import type { ComponentChildren } from "preact";
import { ApiError, reasonOf } from "../../shared/api.ts";
import { NotYet, Opened, PageHeading, Sides } from "../pages.tsx";
import { trouble } from "../privacy/data.ts";
import { go, href } from "../route.ts";
import { openId, type PlaceId, places } from "./places.ts";
import { named, t } from "./words.ts";

/** The heading of a page: what it is, what it is for, and what can be done. */
export function Heading(props: { title: string; lead: string; children?: ComponentChildren }) {
  const back = places().length > 1 ? { href: href("community"), label: t("back") } : undefined;
  return <PageHeading {...props} back={back} />;
}

/** A list, and beside it or in its place what is open. */
export function Split(props: { list: ComponentChildren; children: ComponentChildren }) {
  return <Sides {...props} opened={openId.value !== ""} />;
}

/** What is open: its title, where it stands, and the rest. */
export function Detail({
  place,
  ...rest
}: {
  place: PlaceId;
  title: string;
  tags?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return <Opened {...rest} id={openId.value} back={{ to: () => go("community", place), label: t("back.list") }} />;
}

/** What stands in a place while it is read, or where it cannot be. */
export function Reading({ state, load }: { state: "loading" | "failed" | "gone"; load: () => void }) {
  const gone = state === "gone";
  return (
    <NotYet
      isLoading={state === "loading"}
      loading={t("loading")}
      title={t(gone ? "gone.title" : "failed.title")}
      text={t(gone ? "gone.text" : "failed.text")}
    >
      <button type="button" class="button" onClick={load}>
        {t("again")}
      </button>
    </NotYet>
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
