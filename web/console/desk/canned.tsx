/**
 * Canned replies where somebody writes, in a chat or in a ticket: a slash at the beginning opens them, what follows narrows them, arrows choose, Enter or
 * Tab inserts, Escape closes. The text stays in the field until it is sent.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import type { Popup } from "../../shared/chat/composer.tsx";
import type { CannedReply } from "../../shared/gen/desk.ts";
import { me } from "../session.ts";
import { t } from "../words/en.ts";
import { readReplies, replies, repliesStanding } from "./data.ts";
import { fill, matching } from "./fill.ts";

const SHOWN = 8;
const SLASH = /^\/([a-z0-9_-]*)$/;

/** To whom something is written, as far as it is known: an empty name, language or site is not. */
export interface Written {
  name: string;
  language: string;
  site: string;
}

/** Returns what a field shows and does while somebody chooses a canned reply; `put` brings the words into it. */
export function useCanned(
  text: { readonly value: string },
  to: Written,
  put: (words: string) => void,
): Popup | undefined {
  const id = useId();
  const chosen = useSignal(0);
  const closed = useSignal("");
  const typed = SLASH.exec(text.value)?.[1];
  const open = typed !== undefined && closed.value !== text.value;
  useEffect(() => {
    chosen.value = 0;
    // What a colleague has added meanwhile is there when it is wanted; whoever pastes a shortcut has typed no lone slash.
    const unread = repliesStanding.peek() === "idle" || repliesStanding.peek() === "failed";
    if (typed === "" || (typed !== undefined && unread)) readReplies();
  }, [typed]);
  if (!open) return undefined;
  const found = matching(replies.value, typed, to.language).slice(0, SHOWN);
  const at = Math.min(chosen.value, Math.max(0, found.length - 1));
  const insert = (reply: CannedReply) => {
    const known = { visitor_name: to.name, operator_name: me.value?.staff?.displayName ?? "", site: to.site };
    put(fill(reply.template, known));
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
      // Whoever is quicker than the replies sends no shortcut to a visitor.
      else if (key === "Enter" && !shiftKey && ["idle", "loading"].includes(repliesStanding.value)) return true;
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
