/** The way back to an earlier chat by the code on its receipt, for those whose browser keeps nothing. */
import { useSignal } from "@preact/signals";
import { comeBack } from "./session.ts";
import { t } from "./words/besides.ts";

/** Stands inside the form that starts a chat, and is no part of it. */
export function ComeBack() {
  const code = useSignal("");
  const busy = useSignal(false);
  const trouble = useSignal("");
  const go = async () => {
    if (busy.value || code.value.trim() === "") return;
    busy.value = true;
    trouble.value = "";
    const reason = await comeBack(code.value);
    busy.value = false;
    if (reason === "") return;
    if (reason.endsWith("_LIMITED")) trouble.value = t("back.limited");
    else if (reason === "CREDENTIAL_REJECTED" || reason.startsWith("CODE_")) trouble.value = t("back.wrong");
    else trouble.value = t("back.failed");
  };
  return (
    <>
      <div class="field">
        <label for="back-code">{t("back.code")}</label>
        <input
          id="back-code"
          dir="ltr"
          maxLength={40}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          aria-describedby="back-hint"
          value={code}
          onInput={({ currentTarget }) => (code.value = currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            go();
          }}
        />
        <p id="back-hint" class="hint">
          {t("back.hint")}
        </p>
      </div>
      <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
      <button type="button" class="button" aria-disabled={busy.value} onClick={go}>
        {t("back.open")}
      </button>
    </>
  );
}
