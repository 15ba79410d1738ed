/** The tenant's tags: their words, and which of them are still put on conversations. */
import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { reasonOf } from "../../shared/api.ts";
import { Dialog } from "../../shared/dialog.tsx";
import type { Tag } from "../../shared/gen/desk.ts";
import { Icon } from "../../shared/icons.tsx";
import { say, warn } from "../toasts.tsx";
import { t as eager } from "../words/en.ts";
import { readTags, saveTag, tagOf, tags, tagsStanding } from "./data.ts";
import { Page } from "./page.tsx";
import { failure, t } from "./words.ts";

const NEW = { id: "", word: "", colour: "", retired: false, etag: "" };

async function retire(id: string, retired: boolean): Promise<void> {
  const tag = tagOf(id);
  if (!tag) return;
  try {
    await saveTag({ ...tag, retired });
    say(t(retired ? "tags.retired.done" : "tags.used.done", { word: tag.word }), () => retire(id, !retired));
  } catch (error) {
    warn(failure(reasonOf(error)));
  }
}

export function Tags() {
  const open = useSignal<Pick<Tag, keyof typeof NEW> | undefined>(undefined);
  useEffect(() => {
    readTags();
  }, []);
  return (
    <>
      <Page
        title={eager("desk.tags")}
        lead={t("tags.lead")}
        action={
          <button type="button" class="button main" aria-haspopup="dialog" onClick={() => (open.value = NEW)}>
            <Icon name="plus" size={18} />
            {t("tags.add")}
          </button>
        }
        standing={tagsStanding.value}
        count={tags.value.length}
        empty={{ title: t("tags.none"), text: t("tags.none.text") }}
        again={readTags}
      >
        <ul class="column-rows" aria-label={eager("desk.tags")}>
          {tags.value.map((tag) => (
            <li key={tag.id}>
              <div>
                <p dir="auto">
                  <strong>{tag.word}</strong>
                </p>
                {tag.retired && <p class="faint">{t("tags.retired")}</p>}
              </div>
              <div class="row-actions">
                <button
                  type="button"
                  class="button"
                  aria-label={t("tags.edit", { word: tag.word })}
                  onClick={() => (open.value = tag)}
                >
                  {t("desk.change")}
                </button>
                <button
                  type="button"
                  class="button"
                  aria-label={t(tag.retired ? "tags.use" : "tags.retire", { word: tag.word })}
                  onClick={() => retire(tag.id, !tag.retired)}
                >
                  {t(tag.retired ? "desk.use" : "desk.retire")}
                </button>
              </div>
            </li>
          ))}
        </ul>
      </Page>
      {open.value && (
        <Editor
          tag={open.value}
          close={() => {
            open.value = undefined;
          }}
        />
      )}
    </>
  );
}

function Editor({ tag, close }: { tag: Pick<Tag, keyof typeof NEW>; close: () => void }) {
  const trouble = useSignal("");
  const id = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const word = String(new FormData(event.currentTarget as HTMLFormElement).get("word") ?? "").trim();
    try {
      await saveTag({ ...tag, word });
      close();
    } catch (error) {
      trouble.value = failure(reasonOf(error));
    }
  };
  return (
    <Dialog title={t(tag.id === "" ? "tags.new.title" : "tags.edit.title")} close={close} name="desk-editor">
      <form onSubmit={submit}>
        <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
        <div class="field">
          <label for={id}>{t("tags.word")}</label>
          <input id={id} name="word" required maxLength={40} dir="auto" autocomplete="off" defaultValue={tag.word} />
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {t("desk.cancel")}
          </button>
          <button type="submit" class="button main">
            {t("desk.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
