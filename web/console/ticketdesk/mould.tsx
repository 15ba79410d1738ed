/**
 * The one page on which the desk's things are kept: a list, a form, and a way back from every deed.
 *
 * It owns reading, the list with its empty and failed states, the form with what was not saved yet, and undoing. What a
 * thing is, which fields its form has and by which calls it is kept belongs to whoever fills the mould.
 */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { reasonOf } from "../../shared/api.ts";
import { Confirm, Dialog } from "../../shared/dialog.tsx";
import { Icon } from "../../shared/icons.tsx";
import { newRequestId } from "../privacy/data.ts";
import { Tag } from "../privacy/parts.tsx";
import { say, warn } from "../toasts.tsx";
import { readTenant } from "./data.ts";
import { t as named } from "./names.ts";
import { deeds, keeps, type PlaceId } from "./section.ts";
import { failure, t } from "./words.ts";

/** A word beside a thing's name. */
export type Mark = readonly ["" | "quiet" | "good" | "careful" | "bad", string];

/** The form's way to what was typed. */
export interface Form<D> {
  draft: D;
  set: (change: Partial<D>) => void;
}

/** What fills the mould. T is a thing as it is kept, D what its form holds. */
export interface Mould<T extends { id: string }, D extends object> {
  place: PlaceId;
  lead: string;
  add: string;
  none: { title: string; text: string };
  read: () => Promise<readonly T[]>;
  name: (item: T) => string;
  marks?: (item: T) => readonly Mark[];
  facts: (item: T) => readonly string[];
  blank: D;
  draftOf: (item: T) => D;
  fields: (form: Form<D>, item: T | undefined) => ComponentChildren;
  ready: (draft: D) => boolean;
  /** Says why a new one cannot be kept beside those that are there; empty where it can. */
  clash?: (draft: D, others: readonly T[]) => string;
  create: (draft: D, requestId: string) => Promise<T | undefined>;
  update?: (item: T, draft: D) => Promise<T | undefined>;
  /** Deletes it; without one it can only be taken out of use. */
  remove?: (item: T) => Promise<unknown>;
  /** What is asked before it is deleted, where that has effects at once. */
  asks?: (item: T) => string;
  /** Takes it out of use or back: whether it is in use, and the draft with the other answer. */
  use?: { isOn: (item: T) => boolean; turned: (draft: D, on: boolean) => D; on: string; off: string };
  /** True where it can neither be changed nor deleted. */
  fixed?: (item: T) => boolean;
  /** What can be done with it besides. */
  beside?: (item: T) => ComponentChildren;
}

/** What was typed and not saved, by page and thing, as long as the console is open. */
const unsaved = new Map<string, object>();

/** The page of one kind of thing. */
export function Kept<T extends { id: string }, D extends object>({ mould }: { mould: Mould<T, D> }) {
  const items = useSignal<readonly T[]>([]);
  const standing = useSignal<"loading" | "ready" | "failed">("loading");
  const open = useSignal<{ item: T | undefined } | undefined>(undefined);
  const asked = useSignal<T | undefined>(undefined);
  const load = async () => {
    try {
      const [found] = await Promise.all([mould.read(), readTenant()]);
      items.value = found;
      standing.value = "ready";
    } catch {
      standing.value = items.peek().length > 0 ? "ready" : "failed";
    }
  };
  const mine = keeps(mould.place);
  useEffect(() => {
    load();
    if (!mine) return;
    deeds.make = () => {
      if (!document.querySelector("dialog")) open.value = { item: undefined };
    };
    return () => {
      deeds.make = undefined;
    };
  }, []);
  /** Does something, says so with a way back, and reads the list anew. */
  const act = async (deed: () => Promise<unknown>, done: string, back?: () => Promise<unknown>) => {
    try {
      await deed();
      say(done, back && (() => act(back, t("undone"))));
    } catch (error) {
      warn(failure(reasonOf(error)));
    }
    await load();
  };
  const turn = (item: T, on: boolean) => {
    const { use, update } = mould;
    if (!use || !update) return;
    const name = mould.name(item);
    let after: T | undefined;
    act(
      async () => {
        after = await update(item, use.turned(mould.draftOf(item), on));
      },
      t(on ? "used" : "unused", { name }),
      () => update(after ?? item, mould.draftOf(item)),
    );
  };
  const remove = (item: T) =>
    act(
      async () => mould.remove?.(item),
      t("removed", { name: mould.name(item) }),
      () => mould.create(mould.draftOf(item), newRequestId()),
    );
  /** Keeps what the form holds; throws where it was refused, so that the form stays as it is. */
  const save = async (item: T | undefined, draft: D, requestId: string) => {
    const after = await (item ? mould.update?.(item, draft) : mould.create(draft, requestId));
    const name = after ? mould.name(after) : "";
    let back: (() => Promise<unknown>) | undefined;
    if (item && after) back = async () => mould.update?.(after, mould.draftOf(item));
    else if (after && mould.remove) back = async () => mould.remove?.(after);
    else if (after && mould.use) {
      const { use } = mould;
      back = async () => mould.update?.(after, use.turned(mould.draftOf(after), false));
    }
    say(t(item ? "changed" : "made", { name }), back && (() => act(back, t("undone"))));
    load();
  };
  const doomed = asked.value;
  return (
    <>
      <header class="column-head kept-head">
        <div>
          <h2>{named(mould.place)}</h2>
          <p class="soft">{mould.lead}</p>
        </div>
        {mine && (
          <button
            type="button"
            class="button main"
            aria-haspopup="dialog"
            aria-keyshortcuts="c"
            onClick={() => (open.value = { item: undefined })}
          >
            <Icon name="plus" size={18} />
            {mould.add}
          </button>
        )}
      </header>
      {!mine && <p class="note">{t("readonly")}</p>}
      <Rows mould={mould} items={items} standing={standing} load={load}>
        {(item) => {
          const name = mould.name(item);
          const isFixed = mould.fixed?.(item) ?? false;
          const isOn = mould.use?.isOn(item) ?? true;
          return (
            <>
              {mould.beside?.(item)}
              {mine && mould.update && !isFixed && (
                <button
                  type="button"
                  class="button"
                  aria-haspopup="dialog"
                  aria-label={t("change.of", { name })}
                  onClick={() => (open.value = { item })}
                >
                  {t("change")}
                </button>
              )}
              {mine && mould.use && !isFixed && (
                <button
                  type="button"
                  class="button"
                  aria-label={`${isOn ? mould.use.off : mould.use.on}: ${name}`}
                  onClick={() => turn(item, !isOn)}
                >
                  {isOn ? mould.use.off : mould.use.on}
                </button>
              )}
              {mine && mould.remove && !isFixed && (
                <button
                  type="button"
                  class="button"
                  aria-haspopup={mould.asks ? "dialog" : undefined}
                  aria-label={t("remove.of", { name })}
                  onClick={() => {
                    if (mould.asks) asked.value = item;
                    else remove(item);
                  }}
                >
                  {t("remove")}
                </button>
              )}
            </>
          );
        }}
      </Rows>
      {open.value && (
        <Editor
          key={open.value.item?.id ?? ""}
          mould={mould}
          item={open.value.item}
          others={items.value}
          close={() => (open.value = undefined)}
          save={save}
        />
      )}
      {doomed && mould.asks && (
        <Confirm
          title={t("remove.title", { name: mould.name(doomed) })}
          text={mould.asks(doomed)}
          yes={t("remove")}
          close={() => (asked.value = undefined)}
          confirm={() => remove(doomed)}
        />
      )}
    </>
  );
}

function Rows<T extends { id: string }, D extends object>(props: {
  mould: Mould<T, D>;
  items: Signal<readonly T[]>;
  standing: Signal<"loading" | "ready" | "failed">;
  load: () => void;
  children: (item: T) => ComponentChildren;
}) {
  const { mould, items, standing } = props;
  if (standing.value === "failed") {
    return (
      <p class="note bad" role="alert">
        {t("failed")}{" "}
        <button type="button" class="link" onClick={props.load}>
          {t("again")}
        </button>
      </p>
    );
  }
  if (standing.value === "loading") {
    return (
      <p class="progress" role="status">
        <span class="spinner" />
        <span class="unseen">{t("loading")}</span>
      </p>
    );
  }
  if (items.value.length === 0) {
    return (
      <div class="list-state">
        <h3>{mould.none.title}</h3>
        <p>{mould.none.text}</p>
      </div>
    );
  }
  return (
    <ul class="column-rows kept-rows" aria-label={named(mould.place)}>
      {items.value.map((item) => (
        <li key={item.id} class={mould.use?.isOn(item) === false ? "off" : undefined}>
          <div>
            <h3>
              <span dir="auto">{mould.name(item)}</span>{" "}
              {mould.marks?.(item).map(([tone, word]) => (
                <Tag key={word} tone={tone}>
                  {word}
                </Tag>
              ))}
            </h3>
            {mould.facts(item).map((fact) => (
              <p key={fact} class="soft" dir="auto">
                {fact}
              </p>
            ))}
          </div>
          <div class="kept-deeds">{props.children(item)}</div>
        </li>
      ))}
    </ul>
  );
}

function Editor<T extends { id: string }, D extends object>(props: {
  mould: Mould<T, D>;
  item: T | undefined;
  others: readonly T[];
  close: () => void;
  save: (item: T | undefined, draft: D, requestId: string) => Promise<void>;
}) {
  const { mould, item } = props;
  const key = `${mould.place} ${item?.id ?? ""}`;
  const first = () => (item ? mould.draftOf(item) : mould.blank);
  const draft = useSignal<D>((unsaved.get(key) as D | undefined) ?? first());
  const isKept = useSignal(unsaved.has(key));
  const requestId = useSignal(newRequestId());
  const busy = useSignal(false);
  const wrong = useSignal("");
  const set = (change: Partial<D>) => {
    draft.value = { ...draft.peek(), ...change };
    unsaved.set(key, draft.value);
    wrong.value = "";
  };
  const ready = mould.ready(draft.value);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    if (!ready) {
      wrong.value = t("unready");
      return;
    }
    const clash = item ? "" : (mould.clash?.(draft.peek(), props.others) ?? "");
    if (clash !== "") {
      wrong.value = clash;
      return;
    }
    busy.value = true;
    wrong.value = "";
    try {
      await props.save(item, draft.peek(), requestId.peek());
      unsaved.delete(key);
      props.close();
    } catch (error) {
      wrong.value = failure(reasonOf(error));
      // What is changed after a refusal is another request.
      requestId.value = newRequestId();
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog
      title={item ? t("change.of", { name: mould.name(item) }) : mould.add}
      close={props.close}
      name="kept-editor"
    >
      {isKept.value && (
        <p class="note" role="status">
          {t("kept")}{" "}
          <button
            type="button"
            class="link"
            onClick={() => {
              unsaved.delete(key);
              draft.value = first();
              isKept.value = false;
            }}
          >
            {t("kept.drop")}
          </button>
        </p>
      )}
      <form
        onSubmit={submit}
        noValidate
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
        }}
      >
        {mould.fields({ draft: draft.value, set }, item)}
        <div role="alert">{wrong.value !== "" && <p class="note bad">{wrong.value}</p>}</div>
        <div class="actions">
          <button type="button" class="button" onClick={props.close}>
            {t("cancel")}
          </button>
          <button type="submit" class="button main" aria-disabled={busy.value || !ready}>
            {t(busy.value ? "busy" : "save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
