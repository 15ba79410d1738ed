/** A site's word for its own customers: the secret with which its back end signs, shown once, changed and ended. */
import { useSignal } from "@preact/signals";
import { Dialog } from "../../shared/dialog.tsx";
import {
  EndIdentitySecretResponseSchema,
  GetIdentityKeyResponseSchema,
  GetIdentitySecretResponseSchema,
  RemoveIdentityKeyResponseSchema,
  RotateIdentitySecretResponseSchema,
  SetIdentityKeyResponseSchema,
} from "../../shared/gen/settings.ts";
import { exact } from "../../shared/time.tsx";
import { get, post, useLoaded } from "../privacy/data.ts";
import { Ask, copy, Field, Part } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { trouble } from "./data.ts";
import { Form, Reading } from "./parts.tsx";
import { proved } from "./prove.tsx";
import { t } from "./words.ts";

/** The part of a site's page. */
export function Identity({ siteId }: { siteId: string }) {
  const path = `/v1/sites/${siteId}/identity-secret`;
  const read = useLoaded(`identity ${siteId}`, () => get(GetIdentitySecretResponseSchema, path));
  const secret = useSignal("");
  const asking = useSignal<"" | "rotate" | "end">("");
  const rotate = () =>
    proved(async () => {
      secret.value = (await post(RotateIdentitySecretResponseSchema, `${path}:rotate`)).secret;
      await read.load();
    }).catch((error) => warn(trouble(error)));
  const end = () =>
    proved(async () => {
      await api.call(EndIdentitySecretResponseSchema, "DELETE", path);
      await read.load();
      say(t("identity.ended"));
    }).catch((error) => warn(trouble(error)));
  const state = read.value;
  return (
    <Part title={t("sites.identity")}>
      <p class="soft">{t("identity.text")}</p>
      {!state ? (
        <Reading state={read.state} load={read.load} />
      ) : (
        <>
          {state.isOn && (
            <p class="soft">
              {t("identity.since", { date: exact(state.createTime) })}
              {state.previousExpireTime > Date.now() &&
                ` ${t("identity.previous", { date: exact(state.previousExpireTime) })}`}
            </p>
          )}
          <div class="inline-actions">
            <button type="button" class="button" onClick={state.isOn ? () => (asking.value = "rotate") : rotate}>
              {t(state.isOn ? "identity.rotate" : "identity.make")}
            </button>
            {state.isOn && (
              <button type="button" class="button" onClick={() => (asking.value = "end")}>
                {t("identity.end")}
              </button>
            )}
          </div>
        </>
      )}
      <PublicKey siteId={siteId} />
      {asking.value !== "" && (
        <Ask
          title={t(asking.value === "rotate" ? "identity.rotate" : "identity.end")}
          text={t(asking.value === "rotate" ? "identity.rotate.text" : "identity.end.text")}
          yes={t(asking.value === "rotate" ? "identity.rotate" : "identity.end")}
          explain={trouble}
          close={() => (asking.value = "")}
          deed={async () => {
            const deed = asking.value === "rotate" ? rotate : end;
            // Another dialog may have to come first, so that this one makes room.
            asking.value = "";
            await deed();
          }}
        />
      )}
      {secret.value !== "" && (
        <Dialog title={t("sites.identity")} close={() => (secret.value = "")} name="ask">
          <p>{t("identity.secret")}</p>
          <p class="code">
            <code>{secret.value}</code>
          </p>
          <div class="actions">
            <button type="button" class="button" onClick={() => copy(secret.value)}>
              {t("copy")}
            </button>
            <button type="button" class="button" onClick={() => (secret.value = "")}>
              {t("keys.secret.done")}
            </button>
          </div>
        </Dialog>
      )}
    </Part>
  );
}

/** The public key of a back end that shares no secret. */
function PublicKey({ siteId }: { siteId: string }) {
  const path = `/v1/sites/${encodeURIComponent(siteId)}/identity-key`;
  const read = useLoaded(`key ${siteId}`, () => get(GetIdentityKeyResponseSchema, path));
  const typed = useSignal<string | undefined>(undefined);
  if (!read.value) return <Reading state={read.state} load={read.load} />;
  const kept = read.value.publicKey;
  const text = typed.value ?? kept;
  return (
    <Form
      label={t("identity.key")}
      yes={t("identity.key.save")}
      ready={text.trim() !== kept.trim()}
      deed={async () => {
        await proved(async () => {
          const publicKey = text.trim();
          if (publicKey === "") await api.call(RemoveIdentityKeyResponseSchema, "DELETE", path);
          else await api.call(SetIdentityKeyResponseSchema, "PUT", path, { publicKey });
          typed.value = undefined;
          await read.load();
          say(t(publicKey === "" ? "identity.key.gone" : "identity.key.saved"));
        });
      }}
    >
      <Field
        label={t("identity.key")}
        hint={t("identity.key.hint")}
        value={text}
        input={(value) => (typed.value = value)}
        lines={3}
        maxLength={1000}
      />
    </Form>
  );
}
