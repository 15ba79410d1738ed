/** The second factor of one's own account: set up, its recovery codes, and taken away. */
import { useSignal } from "@preact/signals";
import { Dialog } from "../../shared/dialog.tsx";
import {
  ConfirmSecondFactorResponseSchema,
  GetSecondFactorResponseSchema,
  type NewSecondFactor,
  RemoveSecondFactorResponseSchema,
  RenewRecoveryCodesResponseSchema,
  StartSecondFactorResponseSchema,
} from "../../shared/gen/settings.ts";
import { get, post, useLoaded } from "../privacy/data.ts";
import { Ask, Field, Part, Tag } from "../privacy/parts.tsx";
import { NewFactor, RecoveryCodes } from "../secondfactor.tsx";
import { api } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { trouble } from "./data.ts";
import { Reading } from "./parts.tsx";
import { proved } from "./prove.tsx";
import { t } from "./words.ts";

const PATH = "/v1/me/second-factor";

/** The part of the account's page. */
export function SecondFactor() {
  const read = useLoaded("factor", () => get(GetSecondFactorResponseSchema, PATH));
  const made = useSignal<NewSecondFactor | undefined>(undefined);
  const codes = useSignal<readonly string[]>([]);
  const removing = useSignal(false);
  const attempt = (deed: () => Promise<unknown>) => proved(deed).catch((error) => warn(trouble(error)));
  const state = read.value;
  return (
    <Part title={t("factor")}>
      {!state ? (
        <Reading state={read.state} load={read.load} />
      ) : (
        <>
          <p>
            <Tag tone={state.isOn ? "good" : "careful"}>{t(state.isOn ? "on" : "off")}</Tag>{" "}
            <span class="soft">
              {t(state.isOn ? "factor.on.text" : state.isRequired ? "factor.required" : "factor.off.text")}
            </span>
          </p>
          {state.isOn && <p class="soft">{t("factor.codes.left", { count: state.recoveryCodeCount })}</p>}
          <div class="inline-actions">
            {!state.isOn && (
              <button
                type="button"
                class="button"
                onClick={() =>
                  attempt(async () => {
                    made.value = (await post(StartSecondFactorResponseSchema, `${PATH}:start`)).secondFactor;
                  })
                }
              >
                {t("factor.start")}
              </button>
            )}
            {state.isOn && (
              <button
                type="button"
                class="button"
                onClick={() =>
                  attempt(async () => {
                    const answer = await post(RenewRecoveryCodesResponseSchema, `${PATH}:renewCodes`);
                    codes.value = answer.recoveryCodes;
                    await read.load();
                  })
                }
              >
                {t("factor.renew")}
              </button>
            )}
            {state.isOn && !state.isRequired && (
              <button type="button" class="button" onClick={() => (removing.value = true)}>
                {t("factor.remove")}
              </button>
            )}
          </div>
        </>
      )}
      {made.value && (
        <Confirm
          made={made.value}
          close={() => (made.value = undefined)}
          done={async (fresh) => {
            codes.value = fresh;
            await read.load();
          }}
        />
      )}
      {codes.value.length > 0 && (
        <Dialog title={t("factor.codes.title")} close={() => (codes.value = [])} name="ask">
          <RecoveryCodes codes={codes.value} />
          <div class="actions">
            <button type="button" class="button" onClick={() => (codes.value = [])}>
              {t("factor.codes.done")}
            </button>
          </div>
        </Dialog>
      )}
      {removing.value && (
        <Ask
          title={t("factor.remove.title")}
          text={t("factor.remove.text")}
          yes={t("factor.remove")}
          explain={trouble}
          close={() => (removing.value = false)}
          deed={async () => {
            // Another dialog may have to come first, so that this one makes room.
            removing.value = false;
            await attempt(async () => {
              await api.call(RemoveSecondFactorResponseSchema, "DELETE", PATH);
              await read.load();
              say(t("factor.removed"));
            });
          }}
        />
      )}
    </Part>
  );
}

function Confirm(props: {
  made: NewSecondFactor;
  close: () => void;
  done: (codes: readonly string[]) => Promise<void>;
}) {
  const code = useSignal("");
  return (
    <Ask
      title={t("factor.start")}
      text={t("factor.start.text")}
      yes={t("factor.confirm")}
      explain={trouble}
      close={props.close}
      ready={code.value.trim().length >= 6}
      deed={async () => {
        const answer = await post(ConfirmSecondFactorResponseSchema, `${PATH}:confirm`, { code: code.value });
        await props.done(answer.recoveryCodes);
      }}
    >
      <NewFactor secret={props.made.secret} path={props.made.qrPath} size={props.made.qrSize} />
      <Field
        label={t("factor.code")}
        value={code.value}
        input={(text) => (code.value = text)}
        maxLength={32}
        required
      />
    </Ask>
  );
}
