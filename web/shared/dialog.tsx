/**
 * Dialogs on the native element, which keeps the focus inside, closes on Escape and gives the focus back.
 *
 * It owns the frame and the confirmation; what a dialog says belongs to whoever opens it.
 */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "./words.ts";

/** A dialog that is open as long as it is rendered. */
export function Dialog({
  title,
  close,
  children,
  name = "",
  reading = false,
}: {
  title: string;
  close: () => void;
  children: ComponentChildren;
  name?: string;
  /** True where the dialog is there to be read: the focus starts at its title and not at its last button. */
  reading?: boolean;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key is pressed: what somebody types on would else be taken as shortcuts of the page behind.
  useLayoutEffect(() => {
    const dialog = element.current as HTMLDialogElement;
    const before = document.activeElement;
    dialog.showModal();
    if (reading) dialog.querySelector("h2")?.focus();
    return () => {
      dialog.close();
      // Removing the element takes the focus with it before the browser can give it back.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it; Escape does so by itself.
    <dialog
      ref={element}
      class={name}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => event.target === element.current && close()}
    >
      {/* Where it could take the focus it would: browsers give it to the first that can. */}
      <h2 id={id} tabIndex={reading ? -1 : undefined}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}

/** Asks before something that cannot be taken back. Both choices look equal. */
export function Confirm(props: { title: string; text: string; yes: string; close: () => void; confirm: () => void }) {
  return (
    <Dialog title={props.title} close={props.close}>
      <p>{props.text}</p>
      <div class="actions">
        <button type="button" class="button" onClick={props.close}>
          {t("dialog.cancel")}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            props.close();
            props.confirm();
          }}
        >
          {props.yes}
        </button>
      </div>
    </Dialog>
  );
}
