/** The keys of programs: made, shown once, ended. */
import { useSignal } from "@preact/signals";
import { Dialog } from "../../shared/dialog.tsx";
import {
  type ApiKey,
  CreateApiKeyResponseSchema,
  ListApiKeysResponseSchema,
  RevokeApiKeyResponseSchema,
} from "../../shared/gen/settings.ts";
import { Icon } from "../../shared/icons.tsx";
import { get, newRequestId, post, usePaged } from "../privacy/data.ts";
import { Ask, copy, Field, Tag, When } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { say } from "../toasts.tsx";
import { trouble } from "./data.ts";
import { Heading, Reading, Several } from "./parts.tsx";
import { t } from "./words.ts";

/** What a key may be allowed. */
const SCOPES = ["chat.read", "identity.read"] as const;

/** The page of keys. */
export function Keys() {
  const list = usePaged("keys", async (pageToken) => {
    const page = await get(ListApiKeysResponseSchema, "/v1/api-keys", { pageToken });
    return { items: page.apiKeys, next: page.nextPageToken };
  });
  const adding = useSignal(false);
  const secret = useSignal("");
  const ending = useSignal<ApiKey | undefined>(undefined);
  const { value: state } = list.state;
  return (
    <>
      <Heading title={t("keys")} lead={t("keys.lead")}>
        <button type="button" class="button" onClick={() => (adding.value = true)}>
          <Icon name="plus" size={18} />
          {t("keys.add")}
        </button>
      </Heading>
      <div class="page">
        {list.items.value.length === 0 ? (
          state === "ready" ? (
            <div class="list-state">
              <h3>{t("keys.none")}</h3>
              <p>{t("keys.none.text")}</p>
            </div>
          ) : (
            <Reading state={state === "failed" ? "failed" : "loading"} load={list.load} />
          )
        ) : (
          <ul class="cards">
            {list.items.value.map((key) => (
              <li key={key.id} class="card">
                <div>
                  <h3 dir="auto">{key.displayName}</h3>
                  <p class="soft">
                    {key.scopes.join(" · ")} · <When at={key.createTime} />
                  </p>
                </div>
                {key.revokeTime > 0 ? (
                  <Tag tone="quiet">{t("keys.revoked")}</Tag>
                ) : (
                  <button
                    type="button"
                    class="button"
                    aria-label={t("keys.revoke.of", { what: key.displayName })}
                    onClick={() => (ending.value = key)}
                  >
                    {t("keys.revoke")}
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
        {list.next.value !== "" && (
          <button type="button" class="button" onClick={list.loadMore}>
            {t("more")}
          </button>
        )}
      </div>
      {adding.value && (
        <Make
          close={() => (adding.value = false)}
          made={(key, shown) => {
            list.put(key);
            secret.value = shown;
          }}
        />
      )}
      {secret.value !== "" && (
        <Dialog title={t("keys.add")} close={() => (secret.value = "")} name="ask">
          <p>{t("keys.secret")}</p>
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
      {ending.value && (
        <Ask
          title={t("keys.revoke.title")}
          text={t("keys.revoke.text")}
          yes={t("keys.revoke")}
          explain={trouble}
          close={() => (ending.value = undefined)}
          deed={async () => {
            const path = `/v1/api-keys/${encodeURIComponent(ending.value?.id ?? "")}`;
            const { apiKey } = await api.call(RevokeApiKeyResponseSchema, "DELETE", path);
            if (apiKey) list.put(apiKey);
            say(t("keys.revoked.done"));
          }}
        />
      )}
    </>
  );
}

function Make({ close, made }: { close: () => void; made: (key: ApiKey, secret: string) => void }) {
  const name = useSignal("");
  const scopes = useSignal<readonly (typeof SCOPES)[number][]>([]);
  const requestId = useSignal(newRequestId());
  return (
    <Ask
      title={t("keys.add")}
      text={t("keys.add.text")}
      yes={t("keys.add")}
      explain={trouble}
      close={close}
      ready={name.value.trim() !== "" && scopes.value.length > 0}
      deed={async () => {
        const body = { displayName: name.value.trim(), scopes: scopes.value, requestId: requestId.value };
        const { apiKey, secret } = await post(CreateApiKeyResponseSchema, "/v1/api-keys", body);
        if (apiKey) made(apiKey, secret);
      }}
    >
      <Field label={t("keys.name")} value={name.value} input={(text) => (name.value = text)} maxLength={200} required />
      <Several
        legend={t("keys.scopes")}
        all={SCOPES.map((scope) => [scope, scope] as const)}
        chosen={scopes.value}
        choose={(chosen) => (scopes.value = chosen)}
      />
    </Ask>
  );
}
