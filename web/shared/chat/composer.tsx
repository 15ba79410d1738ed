/**
 * Where a message is written.
 *
 * It owns the keys (Enter sends, Shift-Enter starts a line, nothing is sent while an input method composes), the height,
 * and the count near the limit. The text is the caller's signal, so that it outlives the field.
 */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren, ComponentType, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { t } from "../words.ts";
import { LONGEST } from "./log.tsx";

/** From this many characters before the limit on, the count is shown. */
const COUNT_FROM = 300;

/** A list from which somebody chooses while writing. The field keeps the focus; the list says which line is meant. */
export interface Popup {
  /** The list's id, and that of the line that is chosen. */
  list: string;
  active: string | undefined;
  /** Takes a key; returns true where it was meant for the list. */
  press: (event: KeyboardEvent) => boolean;
  view: ComponentChildren;
}

export interface ComposerOptions {
  text: Signal<string>;
  send: (text: string) => void;
  typing: () => void;
  /** Called when the field is left. */
  idle: () => void;
  /** Takes files that were chosen, pasted or dropped; left out where none are taken. */
  attach?: ((files: File[]) => void) | undefined;
  field?: RefObject<HTMLTextAreaElement>;
  hint?: string;
  popup?: Popup | undefined;
}

/** The composer. */
export function Composer({ text, send, typing, idle, attach, field, hint, popup }: ComposerOptions) {
  const own = useRef<HTMLTextAreaElement>(null);
  const element = field ?? own;
  const picker = useSignal<ComponentType<{ pick: (emoji: string) => void; close: () => void }> | undefined>(undefined);
  const chooser = useRef<HTMLInputElement>(null);
  const left = LONGEST - text.value.length;
  const empty = text.value.trim() === "";

  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    // Through CSSOM, which a strict policy allows; grows with the text up to the limit that the style sheet sets.
    box.style.blockSize = "auto";
    box.style.blockSize = `${box.scrollHeight}px`;
  }, [text.value]);

  useEffect(() => {
    if (!attach) return;
    // Wherever in the page a file is dropped, it is meant for the conversation and must not open in its place.
    const over = (event: DragEvent) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    const drop = (event: DragEvent) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      attach(files);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("drop", drop);
    };
  }, [attach]);

  const submit = () => {
    if (empty || left < 0) return;
    const body = text.value.trim();
    text.value = "";
    send(body);
    element.current?.focus();
  };
  const insert = (emoji: string) => {
    const box = element.current;
    if (!box) return;
    box.setRangeText(emoji, box.selectionStart, box.selectionEnd, "end");
    text.value = box.value;
    box.focus();
  };
  const Picker = picker.value;

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {popup?.view}
      {Picker && <Picker pick={insert} close={() => (picker.value = undefined)} />}
      <button
        type="button"
        class="button plain icon"
        aria-label={t("composer.emoji")}
        aria-expanded={Picker !== undefined}
        onClick={async () => {
          if (picker.peek()) picker.value = undefined;
          else {
            // Without a connection there are no emoji to choose from; everything else goes on.
            const loaded = await import("./emoji.tsx").catch(() => undefined);
            picker.value = loaded?.Emoji;
          }
        }}
      >
        <Icon name="smile" />
      </button>
      {attach && (
        <>
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            onChange={({ currentTarget }) => {
              const files = [...(currentTarget.files ?? [])];
              currentTarget.value = "";
              if (files.length > 0) attach(files);
              element.current?.focus();
            }}
          />
          <button
            type="button"
            class="button plain icon"
            aria-label={t("composer.attach")}
            onClick={() => chooser.current?.click()}
          >
            <Icon name="clip" />
          </button>
        </>
      )}
      <textarea
        ref={element}
        rows={1}
        dir="auto"
        aria-label={t("composer.label")}
        aria-describedby="composer-count"
        aria-invalid={left < 0}
        {...(popup
          ? { "aria-autocomplete": "list", "aria-controls": popup.list, "aria-activedescendant": popup.active }
          : {})}
        placeholder={hint ?? t("composer.placeholder")}
        enterkeyhint="send"
        value={text}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
          if (currentTarget.value !== "") typing();
        }}
        onBlur={idle}
        onPaste={(event) => {
          const files = [...(event.clipboardData?.files ?? [])];
          if (!attach || files.length === 0) return;
          event.preventDefault();
          attach(files);
        }}
        onKeyDown={(event) => {
          if (!event.isComposing && popup?.press(event)) {
            event.preventDefault();
            event.stopPropagation();
            return;
          }
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          submit();
        }}
      />
      <button type="submit" class="button main icon" aria-label={t("composer.send")} disabled={empty || left < 0}>
        <Icon name="send" />
      </button>
      <p id="composer-count" class={`count ${left < 0 ? "over" : ""}`} aria-live="polite" hidden={left > COUNT_FROM}>
        {left < 0 ? t("composer.over", { count: -left }) : t("composer.left", { count: left })}
      </p>
    </form>
  );
}
