/** Picks one of a list by keyboard: type to narrow, arrows to move, Enter to take. */
import { useSignal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Dialog } from "../../shared/dialog.tsx";
import { t } from "./words.ts";

/** Something that can be picked. */
export interface Choice {
  id: string;
  label: string;
  hint?: string;
}

/** The picker; `create` offers what was typed where nothing is called so. */
export function Picker(props: {
  title: string;
  text?: string;
  choices: readonly Choice[];
  close: () => void;
  pick: (id: string) => void;
  create?: { label: string; make: (typed: string) => void };
}) {
  const typed = useSignal("");
  const at = useSignal(0);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus(), []);
  const wanted = typed.value.trim().toLowerCase();
  const fitting = props.choices.filter(({ label, hint }) => `${label} ${hint ?? ""}`.toLowerCase().includes(wanted));
  const isNew = props.create && wanted !== "" && !props.choices.some(({ label }) => label.toLowerCase() === wanted);
  const length = fitting.length + (isNew ? 1 : 0);
  const place = Math.max(0, Math.min(at.value, length - 1));
  const take = (index: number) => {
    const choice = fitting[index];
    if (choice) {
      props.close();
      props.pick(choice.id);
    } else if (isNew) {
      props.close();
      props.create?.make(typed.value.trim());
    }
  };
  return (
    <Dialog title={props.title} close={props.close} name="picker">
      {props.text && <p>{props.text}</p>}
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={length > 0 ? `${id}-${place}` : undefined}
        aria-label={t("pick.filter")}
        placeholder={t("pick.filter")}
        autocomplete="off"
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") at.value = Math.min(length - 1, place + 1);
          else if (event.key === "ArrowUp") at.value = Math.max(0, place - 1);
          else if (event.key === "Enter") take(place);
          else return;
          event.preventDefault();
        }}
      />
      {length === 0 ? (
        <p class="faint">{t("pick.none")}</p>
      ) : (
        <div id={`${id}-list`} role="listbox" aria-label={props.title}>
          {fitting.map((choice, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the keys.
            <div
              key={choice.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === place}
              tabIndex={-1}
              onClick={() => take(index)}
            >
              <span dir="auto">{choice.label}</span>
              {choice.hint && <span class="faint">{choice.hint}</span>}
            </div>
          ))}
          {isNew && (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the keys.
            <div
              id={`${id}-${fitting.length}`}
              role="option"
              aria-selected={place === fitting.length}
              tabIndex={-1}
              onClick={() => take(fitting.length)}
            >
              <span dir="auto">
                {props.create?.label}: {typed.value.trim()}
              </span>
            </div>
          )}
        </div>
      )}
    </Dialog>
  );
}
