/** The versions of a text: what is in force, what was, and what changed between them. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Question } from "../../shared/gen/frames.ts";
import { Icon } from "../../shared/icons.tsx";
import { exact } from "../../shared/time.tsx";
import { List } from "../list.tsx";
import { href } from "../route.ts";
import { type Paged, useLoaded, usePaged } from "./data.ts";
import { Editor } from "./editor.tsx";
import { Choices, Detail, Difference, Facts, Heading, Id, Nothing, Part, Reading, Split, Tag, When } from "./parts.tsx";
import { openId } from "./places.ts";
import { type Changes, draftOf, type Source, type Version } from "./texts.ts";
import { t, word } from "./words.ts";

function Row({ version, current }: { version: Version; current: boolean }) {
  return (
    <>
      <span class="row-top">
        <strong>{t("version", { number: version.version })}</strong>
        {current && <Tag tone="good">{t("version.current")}</Tag>}
        {version.material && <Tag tone="careful">{t("version.material")}</Tag>}
      </span>
      <span class="row-bottom">
        <span>
          <When at={version.effectiveTime} />
        </span>
        <span class="faint" dir="auto">
          {version.changeSummary}
        </span>
      </span>
    </>
  );
}

/** Says which versions are in force: the newest in each language. */
export function inForce(versions: readonly Version[]): ReadonlySet<string> {
  const newest = new Map<string, Version>();
  for (const one of versions) {
    const other = newest.get(one.language);
    if (!other || one.version > other.version) newest.set(one.language, one);
  }
  return new Set([...newest.values()].map(({ id }) => id));
}

/** A page of a text: its history at the side, a version or the draft in front. */
export function History({
  source,
  language,
  children,
}: {
  source: Source;
  language: string;
  children?: ComponentChildren;
}) {
  const list = usePaged(source.key, source.list);
  const current = inForce(list.items.value);
  const draft = draftOf(source).value;
  const { kind, place } = source;
  return (
    <>
      <Heading title={t(place as "notices")} lead={t(`${kind}.lead`)}>
        <a class="button" href={href("privacy", place, "new")}>
          <Icon name="plus" size={18} />
          {t(draft ? "draft.go" : "draft.new")}
        </a>
      </Heading>
      <Split
        list={
          <>
            {children}
            <div class="rows">
              <List
                key={source.key}
                label={t("versions")}
                items={list.items.value}
                state={list.state.value}
                more={list.next.value !== ""}
                itemKey={({ id }) => id}
                href={({ id }) => href("privacy", place, id)}
                current={openId.value}
                row={(version) => <Row version={version} current={current.has(version.id)} />}
                empty={{ title: t(`${kind}.empty`), text: t(`${kind}.empty.text`) }}
                load={list.load}
                loadMore={list.loadMore}
              />
            </div>
          </>
        }
      >
        {openId.value === "new" ? (
          list.state.value === "ready" ? (
            <Editor key={source.key} source={source} list={list} language={language} />
          ) : (
            <Reading place={place} state={list.state.value === "failed" ? "failed" : "loading"} load={list.load} />
          )
        ) : openId.value === "" ? (
          <Nothing title={t("versions.pick")} text={t(`${kind}.pick.text`)} />
        ) : (
          <Open key={openId.value} id={openId.value} source={source} list={list} current={current.has(openId.value)} />
        )}
      </Split>
    </>
  );
}

function Open(props: { id: string; source: Source; list: Paged<Version>; current: boolean }) {
  const { id, source, list } = props;
  const shown = useSignal<"text" | "changes">("text");
  const loaded = useLoaded(id, async () => {
    const version = await source.read(id);
    if (!version) throw new Error("no version in the answer");
    return version;
  });
  const version = loaded.value;
  const before =
    version &&
    list.items.value
      .filter((one) => one.language === version.language && one.version < version.version)
      .sort((one, other) => other.version - one.version)[0];
  const changes = useLoaded(before ? `${before.id} ${id}` : "", () => source.difference(before?.id ?? "", id));
  if (!version) return <Reading place={source.place} state={loaded.state as "loading"} load={loaded.load} />;
  return (
    <Detail
      place={source.place}
      title={t("version", { number: version.version })}
      tag={props.current && <Tag tone="good">{t("version.current")}</Tag>}
    >
      <Facts
        facts={[
          [t("version.since"), exact(version.effectiveTime)],
          [t("version.language"), version.language],
          version.changeSummary !== "" && [t("version.summary"), version.changeSummary],
          source.kind === "notice" && [t("notice.url"), version.policyUrl || t("notice.url.none")],
          [t("version.hash"), <Id key="hash" id={version.contentHash} what={t("version.hash")} />],
        ]}
      />
      {before && (
        <Choices
          label={t("version.show")}
          all={[
            ["text", t("version.text")],
            ["changes", t("version.changes", { number: before.version })],
          ]}
          value={shown.value}
          choose={(one) => (shown.value = one)}
        />
      )}
      {before && shown.value === "changes" ? (
        changes.value ? (
          <ShownChanges changes={changes.value} />
        ) : (
          <Reading place={source.place} state={changes.state as "loading"} load={changes.load} />
        )
      ) : (
        <>
          <Paragraphs text={version.text} />
          <Questions title={t("questions")} questions={version.questions} />
        </>
      )}
    </Detail>
  );
}

/** What differs, text and questions. */
export function ShownChanges({ changes }: { changes: Changes }) {
  return (
    <>
      <p class="soft">{t("difference.legend")}</p>
      <Difference changes={changes.changes} />
      {changes.urlChanged && <p class="soft">{t("difference.url")}</p>}
      <Questions title={t("difference.removed")} questions={changes.removed} />
      <Questions title={t("difference.added")} questions={changes.added} />
    </>
  );
}

/** A text as people read it: paragraphs, and headings where it has some. */
export function Paragraphs({ text }: { text: string }) {
  return (
    <div class="prose" dir="auto">
      {text
        .split(/\n{2,}/)
        .map((part, at) => (part.startsWith("# ") ? <h4 key={at}>{part.slice(2)}</h4> : <p key={at}>{part}</p>))}
    </div>
  );
}

function Questions({ title, questions }: { title: string; questions: readonly Question[] }) {
  if (questions.length === 0) return null;
  return (
    <Part title={title}>
      <ul class="asked">
        {questions.map(({ label, hint, kind, required }) => (
          <li key={label}>
            <strong dir="auto">{label}</strong> {required ? t("question.must") : t("question.may")} ·{" "}
            {word("question.kind", kind)}
            {hint !== "" && (
              <span class="soft" dir="auto">
                {" "}
                {hint}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}
