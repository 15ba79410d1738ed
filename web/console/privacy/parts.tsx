/** What the section's pages are made of: a list beside what is open, facts, forms in dialogs, differences. */
import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Dialog } from "../../shared/dialog.tsx";
import type { TextChange } from "../../shared/gen/privacy.ts";
import { Icon } from "../../shared/icons.tsx";
import { exact, now, relative } from "../../shared/time.tsx";
import { t as shared } from "../../shared/words.ts";
import { NotYet, Opened, PageHeading, Sides } from "../pages.tsx";
import { go, href } from "../route.ts";
import { say } from "../toasts.tsx";
import { trouble } from "./data.ts";
import { openId, type PlaceId } from "./places.ts";
import { t } from "./words.ts";

/** A time in words, with the exact one on hover. */
export function When({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exact(at)}>
      {relative(at, now.value, "long")}
    </time>
  );
}

/** By when something is due, or since when it should have been done. */
export function Due({ at, overdue }: { at: number; overdue: boolean }) {
  return (
    <span class={overdue ? "late" : undefined} title={exact(at)}>
      {t(overdue ? "due.was" : "due.is", { time: relative(at, now.value, "long") })}
    </span>
  );
}

/** A word about where something stands. */
export function Tag({
  tone = "",
  children,
}: {
  tone?: "" | "quiet" | "good" | "careful" | "bad";
  children: ComponentChildren;
}) {
  return <span class={`tag ${tone}`}>{children}</span>;
}

/** An id as it is written, with a way to take it along. */
export function Id({ id, what }: { id: string; what: string }) {
  if (id === "") return <>{t("none")}</>;
  return (
    <span class="id">
      <code>{id}</code>
      <button
        type="button"
        class="button plain icon small"
        aria-label={t("copy", { what })}
        title={t("copy", { what })}
        onClick={() => copy(id)}
      >
        <Icon name="copy" size={16} />
      </button>
    </span>
  );
}

/** Puts a text where it can be pasted from. */
export async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  say(t("copied"));
}

/** The heading of a page: what it is, what it is for, and what can be done. */
export function Heading(props: { title: string; lead?: string; children?: ComponentChildren }) {
  return <PageHeading {...props} back={{ href: href("privacy"), label: t("back.places") }} />;
}

/** The ways to look at a list. */
export function Choices<V extends string>(props: {
  label: string;
  all: readonly (readonly [V, string, (number | undefined)?])[];
  value: V;
  choose: (value: V) => void;
}) {
  return (
    <div class="ways" role="group" aria-label={props.label}>
      {props.all.map(([value, title, count]) => (
        <button key={value} type="button" aria-pressed={value === props.value} onClick={() => props.choose(value)}>
          {title}
          {count !== undefined && count > 0 && <span class="count">{count}</span>}
        </button>
      ))}
    </div>
  );
}

/** A list, and beside it or in its place what is open; another section says itself whether anything is. */
export function Split({ opened, ...rest }: { list: ComponentChildren; opened?: boolean; children: ComponentChildren }) {
  return <Sides {...rest} opened={opened ?? openId.value !== ""} />;
}

export { Nothing } from "../pages.tsx";

/** What is open: its title, what can be done with it, and the rest. */
export function Detail({
  place,
  tag,
  ...rest
}: {
  place: PlaceId;
  title: string;
  tag?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  const back = { to: () => go("privacy", place), label: t("back.list") };
  return <Opened {...rest} id={openId.value} back={back} tags={tag} />;
}

/** What is shown of one thing while it is read, or where it cannot be. */
export function Reading(props: { place: PlaceId; state: "loading" | "failed" | "gone"; load: () => void }) {
  const gone = props.state === "gone";
  return (
    <NotYet
      isLoading={props.state === "loading"}
      loading={t("reading")}
      title={t(gone ? "gone.title" : "failed.title")}
      text={t(gone ? "gone.text" : "failed.text")}
    >
      <button type="button" class="button" onClick={() => go("privacy", props.place)}>
        {t("back.list")}
      </button>
      <button type="button" class="button" onClick={props.load}>
        {t("again")}
      </button>
    </NotYet>
  );
}

/** Facts in two columns; those without a value are left out. */
export function Facts({
  facts,
}: {
  facts: readonly (readonly [string, ComponentChildren] | false | undefined | "")[];
}) {
  return (
    <dl class="facts">
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** A part of what is open, with a heading of its own. */
export function Part({ title, children }: { title: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="part" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}

/** What somebody wrote. */
export function Quote({ text }: { text: string }) {
  return (
    <blockquote class="quote" dir="auto">
      {text}
    </blockquote>
  );
}

/** A table that a narrow page scrolls sideways. */
export function Table(props: {
  label: string;
  head: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <div class="table" role="group" aria-label={props.label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {props.head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, at) =>
                at === 0 ? (
                  <th key={props.head[at]} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={props.head[at]}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A field with its name and a word of help. */
export function Field(props: {
  label: string;
  hint?: string | undefined;
  value: string;
  input: (value: string) => void;
  lines?: number;
  required?: boolean;
  maxLength?: number;
  type?: "text" | "url" | "number" | "email";
  min?: number;
  max?: number;
  pattern?: string;
  placeholder?: string;
}) {
  const id = useId();
  const common = {
    id,
    value: props.value,
    required: props.required,
    maxLength: props.maxLength,
    placeholder: props.placeholder,
    "aria-describedby": props.hint ? `${id}-hint` : undefined,
    autocomplete: "off",
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.lines ? (
        <textarea
          {...common}
          rows={props.lines}
          dir="auto"
          onInput={({ currentTarget }) => props.input(currentTarget.value)}
        />
      ) : (
        <input
          {...common}
          type={props.type ?? "text"}
          min={props.min}
          max={props.max}
          pattern={props.pattern}
          spellcheck={false}
          onInput={({ currentTarget }) => props.input(currentTarget.value)}
        />
      )}
      {props.hint && (
        <p id={`${id}-hint`} class="hint">
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** A choice among a few. */
export function Select<V extends string>(props: {
  label: string;
  hint?: string;
  value: V;
  all: readonly (readonly [V, string])[];
  choose: (value: V) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={({ currentTarget }) => props.choose(currentTarget.value as V)}>
        {props.all.map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
      {props.hint && <p class="hint">{props.hint}</p>}
    </div>
  );
}

/** A yes or no. */
export function Check(props: { label: string; hint?: string; checked: boolean; set: (checked: boolean) => void }) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={({ currentTarget }) => props.set(currentTarget.checked)}
      />
      <span>
        {props.label}
        {props.hint && <small>{props.hint}</small>}
      </span>
    </label>
  );
}

/**
 * A dialog that asks for something or about something, and stays open with everything in it where the deed fails. Both
 * choices look equal.
 */
export function Ask(props: {
  title: string;
  /** What happens, and what remains. */
  text: string;
  yes: string;
  no?: string;
  close: () => void;
  /** Does it; throws where it was refused. */
  deed: () => Promise<void>;
  ready?: boolean;
  /** Says why it failed, where the privacy section's own words do not. */
  explain?: (error: unknown) => string;
  children?: ComponentChildren;
}) {
  const busy = useSignal(false);
  const wrong = useSignal("");
  const off = useComputed(() => busy.value);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || props.ready === false) return;
    busy.value = true;
    wrong.value = "";
    try {
      await props.deed();
      props.close();
    } catch (error) {
      wrong.value = (props.explain ?? trouble)(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={props.title} close={props.close} name="ask">
      <p>{props.text}</p>
      <form onSubmit={submit}>
        {props.children}
        <div role="alert">{wrong.value !== "" && <p class="note bad">{wrong.value}</p>}</div>
        <div class="actions">
          <button type="button" class="button" onClick={props.close}>
            {props.no ?? shared("dialog.cancel")}
          </button>
          <button type="submit" class="button" aria-disabled={off.value || props.ready === false}>
            {off.value ? t("busy") : props.yes}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The difference between two texts, in words as well as in colours. */
export function Difference({ changes }: { changes: readonly TextChange[] }) {
  return (
    <div class="difference" dir="auto">
      {changes.map(({ kind, text }, at) => {
        if (kind === "KIND_REMOVED") return <del key={at}>{text}</del>;
        if (kind === "KIND_ADDED") return <ins key={at}>{text}</ins>;
        return <span key={at}>{text}</span>;
      })}
    </div>
  );
}
