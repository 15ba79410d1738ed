/** The transcripts: a search beside the transcript that is open. */
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ListTagsResponseSchema, type Tag } from "../../shared/gen/desk.ts";
import type { Site } from "../../shared/gen/frames.ts";
import { ListSitesResponseSchema } from "../../shared/gen/frames.ts";
import { Icon } from "../../shared/icons.tsx";
import { List } from "../list.tsx";
import { get, readStaff, staff } from "../privacy/data.ts";
import { Ask, Field, Nothing, Select, When } from "../privacy/parts.tsx";
import "../privacy/parts.css";
import "../privacy/privacy.css";
import { go, href } from "../route.ts";
import { Copies, createCopy, FORMATS, type Format } from "./copies.tsx";
import { Opened } from "./opened.tsx";
import { asked, form, found, type Line, openId, PURPOSES, search } from "./search.ts";
import "./transcripts.css";
import { t, word } from "./words.ts";

const sites = signal<readonly Site[]>([]);
const tags = signal<readonly Tag[]>([]);

export default function Transcripts() {
  const ready = useSignal(false);
  useEffect(() => {
    // Names that cannot be read narrow no search; the page works without them.
    const reading = [
      readStaff(),
      get(ListSitesResponseSchema, "/v1/sites", { pageSize: 200 }).then((page) => {
        sites.value = page.sites;
      }),
      get(ListTagsResponseSchema, "/v1/tags").then((page) => {
        tags.value = page.tags;
      }),
    ];
    Promise.allSettled(reading).then(() => {
      ready.value = true;
    });
  }, []);
  return (
    <div class="transcripts" data-ready={ready.value}>
      <h1 class="unseen">{t("title")}</h1>
      <div class={`split ${openId.value === "" ? "" : "opened"}`}>
        <div class="split-list">
          <SearchForm />
          <Results />
        </div>
        <div class="split-main">
          {openId.value === "copies" ? (
            <Copies />
          ) : openId.value !== "" ? (
            <Opened key={openId.value} id={openId.value} />
          ) : (
            <Nothing title={t("pick.title")} text={t("pick.text")} />
          )}
        </div>
      </div>
    </div>
  );
}

function Day({ label, value, set }: { label: string; value: string; set: (value: string) => void }) {
  return (
    <label class="field day">
      {label}
      <input type="date" value={value} onInput={({ currentTarget }) => set(currentTarget.value)} />
    </label>
  );
}

function SearchForm() {
  const wrong = useSignal(false);
  const copying = useSignal(false);
  const format = useSignal<Format>("FORMAT_TEXT");
  return (
    <form
      class="filters"
      role="search"
      aria-label={t("form")}
      onSubmit={(event) => {
        event.preventDefault();
        wrong.value = !search();
        if (!wrong.value) go("transcripts");
      }}
    >
      <p class="soft">{t("lead")}</p>
      <Field
        label={t("query")}
        hint={t("query.hint")}
        value={form.query.value}
        input={(text) => (form.query.value = text)}
        maxLength={200}
      />
      <Select
        label={t("purpose")}
        value={form.purpose.value}
        all={[["", t("purpose.none")], ...PURPOSES.map((one) => [one, word("purpose", one)] as const)]}
        choose={(one) => (form.purpose.value = one)}
      />
      <details>
        <summary>{t("more")}</summary>
        <div class="narrow">
          <Select
            label={t("operator")}
            value={form.operatorId.value}
            all={[
              ["", t("operator.all")],
              ...[...staff.value.values()].map(({ id, displayName }) => [id, displayName] as const),
            ]}
            choose={(one) => (form.operatorId.value = one)}
          />
          <Select
            label={t("site")}
            value={form.siteId.value}
            all={[["", t("site.all")], ...sites.value.map(({ id, displayName }) => [id, displayName] as const)]}
            choose={(one) => (form.siteId.value = one)}
          />
          <Select
            label={t("tag")}
            value={form.tagId.value}
            all={[["", t("tag.all")], ...tags.value.map(({ id, word }) => [id, word] as const)]}
            choose={(one) => (form.tagId.value = one)}
          />
          <Day label={t("since")} value={form.since.value} set={(day) => (form.since.value = day)} />
          <Day label={t("until")} value={form.until.value} set={(day) => (form.until.value = day)} />
        </div>
      </details>
      <div role="alert">{wrong.value && <p class="note bad">{t("purpose.needed")}</p>}</div>
      <div class="pair">
        <button type="submit" class="button main">
          <Icon name="search" size={18} /> {t("search")}
        </button>
        <a class="button" href={href("transcripts", "copies")}>
          {t("copies")}
        </a>
        {asked.value && (
          <button type="button" class="button" aria-haspopup="dialog" onClick={() => (copying.value = true)}>
            {t("copy.all")}
          </button>
        )}
      </div>
      {copying.value && asked.value && (
        <Ask
          title={t("copy.all.title")}
          text={t("copy.all.text")}
          yes={t("copy.all.yes")}
          close={() => (copying.value = false)}
          deed={async () => {
            const { filter, purpose } = asked.value as NonNullable<typeof asked.value>;
            await createCopy({ filter }, format.value, purpose);
            go("transcripts", "copies");
          }}
        >
          <Select
            label={t("format")}
            value={format.value}
            all={FORMATS.map((one) => [one, word("format", one)])}
            choose={(one) => (format.value = one)}
          />
        </Ask>
      )}
    </form>
  );
}

function Results() {
  const list = found.value;
  if (!list) {
    return (
      <div class="list-state">
        <h2>{t("start.title")}</h2>
        <p>{t("start.text")}</p>
      </div>
    );
  }
  return (
    <div class="rows">
      <List
        label={t("results")}
        items={list.items.value}
        state={list.state.value}
        more={list.next.value !== ""}
        itemKey={({ id }) => id}
        href={({ conversationId }) => href("transcripts", conversationId)}
        current={list.items.value.find(({ conversationId }) => conversationId === openId.value)?.id ?? ""}
        row={(line) => <Row line={line} />}
        empty={{ title: t("empty.title"), text: t("empty.text") }}
        load={list.load}
        loadMore={list.loadMore}
      />
    </div>
  );
}

function Row({ line }: { line: Line }) {
  return (
    <>
      <span class="row-top">
        <strong dir="auto">{line.displayName || t("visitor")}</strong>
        <span class="when">
          <When at={line.createTime} />
        </span>
      </span>
      <span class="snippet" dir="auto">
        {line.parts.map(({ text, marked }, at) => (marked ? <mark key={at}>{text}</mark> : text))}
      </span>
    </>
  );
}
