/** The command palette, and the list of shortcuts under `?`. */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { Dialog } from "../shared/dialog.tsx";
import { Icon } from "../shared/icons.tsx";
import { t as shared } from "../shared/words.ts";
import { setSingleKeys, singleKeys, written } from "./keys.ts";
import type { Command } from "./registry.ts";
import { t } from "./words/en.ts";

/** Returns the commands that match every word, those whose title starts with the text first. */
export function search(commands: readonly Command[], text: string): readonly Command[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const starts = ({ title }: Command) => title().toLocaleLowerCase().startsWith(words.join(" "));
  return commands
    .filter(({ title }) => words.every((word) => title().toLocaleLowerCase().includes(word)))
    .sort((one, other) => Number(starts(other)) - Number(starts(one)));
}

function Keys({ keys }: { keys: string }) {
  return (
    <span class="keys">
      {written(keys).map((key, at) => (
        <>
          {at > 0 && <span class="faint"> {t("shortcuts.then")} </span>}
          <kbd>{key}</kbd>
        </>
      ))}
    </span>
  );
}

/** The palette: type, choose, done. */
export function Palette({ commands, close }: { commands: readonly Command[]; close: () => void }) {
  const text = useSignal("");
  const at = useSignal(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const usable = commands.filter(({ keysOnly, when }) => !keysOnly && (when?.() ?? true));
  const found = useComputed(() => search(usable, text.value));
  const chosen = found.value[at.value];
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at.value]);
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    // After the dialog has given the focus back, so that a command may take it elsewhere.
    setTimeout(command.run);
  };
  return (
    <Dialog title={t("palette.title")} close={close} name="palette">
      <div class="palette-field">
        <Icon name="search" />
        <input
          role="combobox"
          aria-label={t("palette.placeholder")}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={chosen ? `${id}-${chosen.id}` : undefined}
          aria-autocomplete="list"
          placeholder={t("palette.placeholder")}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
            at.value = 0;
          }}
          onKeyDown={(event) => {
            const count = found.value.length;
            if (event.key === "ArrowDown") at.value = (at.value + 1) % Math.max(1, count);
            else if (event.key === "ArrowUp") at.value = (at.value - 1 + count) % Math.max(1, count);
            else if (event.key === "Enter") run(chosen);
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <div ref={list} id={id} class="options" role="listbox" aria-label={t("palette.title")}>
        {found.value.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's, which keeps the focus.
          // biome-ignore lint/a11y/useFocusableInteractive: an option of a combobox is pointed at, not focused.
          <div
            key={command.id}
            id={`${id}-${command.id}`}
            role="option"
            aria-selected={index === at.value}
            onClick={() => run(command)}
            onMouseMove={() => {
              at.value = index;
            }}
          >
            <Icon name={command.icon ?? "check"} size={18} />
            <span>{command.title()}</span>
            {command.keys && singleKeys.value && <Keys keys={command.keys} />}
          </div>
        ))}
      </div>
      {found.value.length === 0 && <p class="palette-none">{t("palette.none")}</p>}
      <p class="unseen" role="status">
        {t("palette.count", { count: found.value.length })}
      </p>
    </Dialog>
  );
}

/** The shortcuts, by section. */
export function Shortcuts({
  groups,
  close,
}: {
  groups: readonly { title: string; commands: readonly Command[] }[];
  close: () => void;
}) {
  return (
    <Dialog title={t("shortcuts.title")} close={close} name="shortcuts" reading>
      {groups.map(({ title, commands }) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl>
            {commands.map(
              ({ id, title: name, keys }) =>
                keys && (
                  <div key={id}>
                    <dt>{name()}</dt>
                    <dd>
                      <Keys keys={keys} />
                    </dd>
                  </div>
                ),
            )}
          </dl>
        </section>
      ))}
      <label class="switch">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={({ currentTarget }) => setSingleKeys(currentTarget.checked)}
        />
        <span>
          {t("shortcuts.single")}
          <small>{t("shortcuts.single.hint")}</small>
        </span>
      </label>
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          {shared("dialog.close")}
        </button>
      </div>
    </Dialog>
  );
}
