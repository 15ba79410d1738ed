/** A field for a password, which a password manager knows what to do with. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "./words/en.ts";

export function Password(props: {
  label: string;
  hint?: string;
  value: string;
  input: (value: string) => void;
  autocomplete: "current-password" | "new-password";
}) {
  const id = useId();
  const shown = useSignal(false);
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type={shown.value ? "text" : "password"}
        value={props.value}
        required
        minLength={props.autocomplete === "new-password" ? 12 : 1}
        maxLength={1024}
        autocomplete={props.autocomplete}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        onInput={({ currentTarget }) => props.input(currentTarget.value)}
      />
      {props.hint && (
        <p id={`${id}-hint`} class="hint">
          {props.hint}
        </p>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={shown.value}
          onChange={({ currentTarget }) => (shown.value = currentTarget.checked)}
        />
        {t("signin.show")}
      </label>
    </div>
  );
}
