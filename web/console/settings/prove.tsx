/**
 * Proving once more who one is, for deeds that want that.
 *
 * It owns that a deed that was refused for want of it is done again after it, with nothing typed twice.
 */
import { signal, useSignal } from "@preact/signals";
import { reasonOf } from "../../shared/api.ts";
import { ProveMeResponseSchema } from "../../shared/gen/settings.ts";
import { Password } from "../password.tsx";
import { post } from "../privacy/data.ts";
import { Ask, Field } from "../privacy/parts.tsx";
import { trouble } from "./data.ts";
import { t } from "./words.ts";

const waiting = signal<{ again: () => Promise<unknown>; settle: (done: boolean) => void } | undefined>(undefined);

/** Does something that may want a proof; asks for one where it does. Returns whether it was done; throws as it does. */
export async function proved(deed: () => Promise<unknown>): Promise<boolean> {
  try {
    await deed();
    return true;
  } catch (error) {
    if (reasonOf(error) !== "PROOF_NEEDED") throw error;
  }
  return new Promise((settle) => {
    waiting.value = { again: deed, settle };
  });
}

/** The dialog, where a deed waits for a proof. */
export function Proving() {
  const password = useSignal("");
  const code = useSignal("");
  const asked = waiting.value;
  if (!asked) return null;
  const end = (done: boolean) => {
    password.value = code.value = "";
    waiting.value = undefined;
    asked.settle(done);
  };
  return (
    <Ask
      title={t("prove.title")}
      text={t("prove.text")}
      yes={t("prove.yes")}
      explain={trouble}
      close={() => waiting.value === asked && end(false)}
      ready={password.value !== ""}
      deed={async () => {
        await post(ProveMeResponseSchema, "/v1/me:prove", { password: password.value, code: code.value });
        await asked.again();
        end(true);
      }}
    >
      <Password
        label={t("account.password.now")}
        value={password.value}
        input={(text) => (password.value = text)}
        autocomplete="current-password"
      />
      <Field label={t("prove.code")} value={code.value} input={(text) => (code.value = text)} maxLength={32} />
    </Ask>
  );
}
