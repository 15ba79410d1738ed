/** The organisation's own OpenID provider: set, shown without its secret, and taken away. */
import { useSignal } from "@preact/signals";
import {
  GetOidcProviderResponseSchema,
  RemoveOidcProviderResponseSchema,
  SetOidcProviderResponseSchema,
} from "../../shared/gen/settings.ts";
import { get, useLoaded } from "../privacy/data.ts";
import { Ask, Field, Part, Select } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { trouble } from "./data.ts";
import { Reading } from "./parts.tsx";
import { proved } from "./prove.tsx";
import { t } from "./words.ts";

const PATH = "/v1/oidc-provider";

/** The part of the organisation's page. */
export function Oidc() {
  const read = useLoaded("oidc", () => get(GetOidcProviderResponseSchema, PATH));
  const asking = useSignal<"" | "set" | "remove">("");
  const issuer = useSignal("");
  const clientId = useSignal("");
  const secret = useSignal("");
  const attempt = (deed: () => Promise<unknown>) => proved(deed).catch((error) => warn(trouble(error)));
  const known = read.value;
  const provider = known?.provider;
  const allowed = known?.allowedIssuers ?? [];
  return (
    <Part title={t("oidc")}>
      <p class="soft">{t("oidc.text")}</p>
      {!known ? (
        <Reading state={read.state} load={read.load} />
      ) : (
        <>
          {provider && (
            <>
              <p>{t("oidc.on", { issuer: provider.issuer })}</p>
              <p class="soft">
                {t("oidc.redirect")} <code>{provider.redirectUri}</code>
              </p>
            </>
          )}
          {allowed.length === 0 && <p class="soft">{t("oidc.none")}</p>}
          <div class="inline-actions">
            {allowed.length > 0 && (
              <button
                type="button"
                class="button"
                onClick={() => {
                  issuer.value = provider?.issuer ?? allowed[0] ?? "";
                  clientId.value = provider?.clientId ?? "";
                  secret.value = "";
                  asking.value = "set";
                }}
              >
                {t("oidc.set")}
              </button>
            )}
            {provider && (
              <button type="button" class="button" onClick={() => (asking.value = "remove")}>
                {t("oidc.remove")}
              </button>
            )}
          </div>
        </>
      )}
      {asking.value === "set" && (
        <Ask
          title={t("oidc.set")}
          text={t("oidc.set.text")}
          yes={t("save")}
          explain={trouble}
          close={() => (asking.value = "")}
          ready={clientId.value.trim() !== "" && secret.value !== ""}
          deed={async () => {
            const body = { issuer: issuer.value, clientId: clientId.value.trim(), clientSecret: secret.value };
            // Another dialog may have to come first, so that this one makes room.
            asking.value = "";
            await attempt(async () => {
              await api.call(SetOidcProviderResponseSchema, "PUT", PATH, body);
              await read.load();
              say(t("oidc.done"));
            });
          }}
        >
          <Select
            label={t("oidc.issuer")}
            value={issuer.value}
            all={allowed.map((one) => [one, one] as const)}
            choose={(one) => (issuer.value = one)}
          />
          <Field
            label={t("oidc.client")}
            value={clientId.value}
            input={(text) => (clientId.value = text)}
            maxLength={300}
            required
          />
          <Field
            label={t("oidc.secret")}
            hint={t("oidc.secret.hint")}
            value={secret.value}
            input={(text) => (secret.value = text)}
            maxLength={1024}
            required
          />
        </Ask>
      )}
      {asking.value === "remove" && (
        <Ask
          title={t("oidc.remove")}
          text={t("oidc.remove.text")}
          yes={t("oidc.remove")}
          explain={trouble}
          close={() => (asking.value = "")}
          deed={async () => {
            asking.value = "";
            await attempt(async () => {
              await api.call(RemoveOidcProviderResponseSchema, "DELETE", PATH);
              await read.load();
              say(t("oidc.removed"));
            });
          }}
        />
      )}
    </Part>
  );
}
