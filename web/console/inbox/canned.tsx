/**
 * Canned replies in the composer: a slash at the beginning opens them, what follows narrows them, arrows choose, Enter or
 * Tab inserts, Escape closes. The text stays in the field until it is sent.
 */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import type { Popup } from "../../shared/chat/composer.tsx";
import type { CannedReply } from "../../shared/gen/desk.ts";
import type { Conversation } from "../../shared/gen/frames.ts";
import { readReplies, replies, repliesStanding } from "../desk/data.ts";
import { fill, matching } from "../desk/fill.ts";
import { me } from "../session.ts";
import { t } from "../words/en.ts";
import { siteNames } from "./store.ts";

const SHOWN = 8;
const SLASH = /^\/([a-z0-9_-]*)$/;

/** Returns what the composer shows and does while somebody chooses a canned reply. */
export function useCanned(text: Signal<string>, conversation: Conversation): Popup | undefined {
  const id = useId();
  const chosen = useSignal(0);
  const closed = useSignal("");
  const typed = SLASH.exec(text.value)?.[1];
  const open = typed !== undefined && closed.value !== text.value;
  useEffect(() => {
    chosen.value = 0;
    // What a colleague has added meanwhile is there when it is wanted.
    if (typed === "") readReplies();
  }, [typed]);
  if (!open) return undefined;
  const found = matching(replies.value, typed, conversation.language).slice(0, SHOWN);
  const at = Math.min(chosen.value, Math.max(0, found.length - 1));
  const insert = (reply: CannedReply) => {
    text.value = fill(reply.template, {
      visitor_name: conversation.displayName,
      operator_name: me.value?.staff?.displayName ?? "",
      site: siteNames.value.get(conversation.siteId) ?? "",
    });
  };
  const move = (by: number) => {
    chosen.value = (at + by + found.length) % Math.max(1, found.length);
  };
  return {
    list: id,
    active: found[at] ? `${id}-${at}` : undefined,
    press: ({ key, shiftKey }) => {
      if (key === "ArrowDown") move(1);
      else if (key === "ArrowUp") move(-1);
      else if (key === "Escape") closed.value = text.value;
      else if ((key === "Enter" || (key === "Tab" && !shiftKey)) && found[at]) insert(found[at]);
      else return false;
      return true;
    },
    view: (
      <div class="canned">
        <div id={id} role="listbox" aria-label={t("canned.label")}>
          {found.map((reply, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which keeps the focus.
            <div
              key={reply.id}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => insert(reply)}
            >
              <strong>/{reply.shortcut}</strong>{" "}
              {reply.ownerId !== "" && <span class="tag quiet">{t("canned.own")}</span>}
              {reply.language !== "" && <span class="tag quiet">{reply.language}</span>}
              <span class="faint" dir="auto" lang={reply.language || undefined}>
                {reply.template}
              </span>
            </div>
          ))}
        </div>
        {found.length === 0 && (
          <p class="faint" role="status">
            {repliesStanding.value === "failed" && t("canned.failed")}
            {repliesStanding.value === "loading" && t("list.loading")}
            {repliesStanding.value === "ready" && t(replies.value.length === 0 ? "canned.none" : "canned.no.match")}
          </p>
        )}
        <p class="hint">{t("canned.hint")}</p>
      </div>
    ),
  };
}
