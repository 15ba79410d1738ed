/** The keys of programs: made, shown once, given a new secret with or without an overlap, ended. */
import { useSignal } from "@preact/signals";
import { Dialog } from "../../shared/dialog.tsx";
import {
  type ApiKey,
  CreateApiKeyResponseSchema,
  ListApiKeyScopesResponseSchema,
  ListApiKeysResponseSchema,
  RevokeApiKeyResponseSchema,
  RotateApiKeyResponseSchema,
} from "../../shared/gen/settings.ts";
import { Icon } from "../../shared/icons.tsx";
import { exact, now } from "../../shared/time.tsx";
import { get, newRequestId, post, useLoaded, usePaged } from "../privacy/data.ts";
import { Ask, copy, Field, Select, Tag, When } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { say } from "../toasts.tsx";
import { trouble } from "./data.ts";
import { Heading, Reading, Several } from "./parts.tsx";
import { t } from "./words.ts";

/** For how many days a key may work, and for how many hours its old secret beside the new one. */
const DAYS = ["30", "90", "365", "730"] as const;
const HOURS = ["0", "1", "24", "168"] as const;

type Days = (typeof DAYS)[number];
type Hours = (typeof HOURS)[number];

/** The page of keys. */
export function Keys() {
  const list = usePaged("keys", async (pageToken) => {
    const page = await get(ListApiKeysResponseSchema, "/v1/api-keys", { pageToken });
    return { items: page.apiKeys, next: page.nextPageToken };
  });
  const adding = useSignal(false);
  const secret = useSignal("");
  const ending = useSignal<ApiKey | undefined>(undefined);
  const rotating = useSignal<ApiKey | undefined>(undefined);
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
              <Row key={key.id} of={key} rotate={() => (rotating.value = key)} end={() => (ending.value = key)} />
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
      {rotating.value && (
        <Rotate
          of={rotating.value}
          close={() => (rotating.value = undefined)}
          made={(key, shown) => {
            list.put(key);
            secret.value = shown;
          }}
        />
      )}
      {secret.value !== "" && (
        <Dialog title={t("keys.secret.title")} close={() => (secret.value = "")} name="ask">
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

/** How a key stands: what it may do, until when, and when it was used last. */
function Row({ of, rotate, end }: { of: ApiKey; rotate: () => void; end: () => void }) {
  const { displayName, scopes, createTime, expireTime, lastUseTime, overlapEndTime, revokeTime } = of;
  const over = expireTime <= now.value;
  return (
    <li class="card">
      <div>
        <h3 dir="auto">{displayName}</h3>
        <p class="soft">
          {scopes.join(" · ")} · <When at={createTime} />
        </p>
        {revokeTime === 0 && (
          <p class="soft">
            <span title={exact(expireTime)}>{t(over ? "keys.over" : "keys.until", { date: exact(expireTime) })}</span>{" "}
            {lastUseTime > 0 ? t("keys.used", { date: day(lastUseTime) }) : t("keys.unused")}
          </p>
        )}
        {revokeTime === 0 && overlapEndTime > now.value && (
          <p class="note careful">{t("keys.overlap", { date: exact(overlapEndTime) })}</p>
        )}
      </div>
      {revokeTime > 0 ? (
        <Tag tone="quiet">{t("keys.revoked")}</Tag>
      ) : (
        <div class="inline-actions">
          {over ? (
            <Tag tone="quiet">{t("keys.expired")}</Tag>
          ) : (
            <button
              type="button"
              class="button"
              aria-label={t("keys.rotate.of", { what: displayName })}
              onClick={rotate}
            >
              {t("keys.rotate")}
            </button>
          )}
          <button type="button" class="button" aria-label={t("keys.revoke.of", { what: displayName })} onClick={end}>
            {t("keys.revoke")}
          </button>
        </div>
      )}
    </li>
  );
}

/** The day of a moment, as it is in UTC: when a key was used is kept to the day. */
function day(at: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" }).format(at);
}

function Rotate(props: { of: ApiKey; close: () => void; made: (key: ApiKey, secret: string) => void }) {
  const hours = useSignal<Hours>("24");
  const requestId = useSignal(newRequestId());
  return (
    <Ask
      title={t("keys.rotate")}
      text={t("keys.rotate.text")}
      yes={t("keys.rotate")}
      explain={trouble}
      close={props.close}
      deed={async () => {
        const path = `/v1/api-keys/${encodeURIComponent(props.of.id)}:rotate`;
        const body = { overlapHours: Number(hours.value), requestId: requestId.value };
        const { apiKey, secret } = await post(RotateApiKeyResponseSchema, path, body);
        if (apiKey) props.made(apiKey, secret);
      }}
    >
      <Select
        label={t("keys.hours")}
        value={hours.value}
        all={HOURS.map((each) => [each, t("keys.hours.for", { count: Number(each) })] as const)}
        choose={(each) => (hours.value = each)}
      />
    </Ask>
  );
}

function Make({ close, made }: { close: () => void; made: (key: ApiKey, secret: string) => void }) {
  const all = useLoaded("scopes", () => get(ListApiKeyScopesResponseSchema, "/v1/api-keys:scopes"));
  const name = useSignal("");
  const days = useSignal<Days>("365");
  const scopes = useSignal<readonly string[]>([]);
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
        const body = {
          displayName: name.value.trim(),
          scopes: scopes.value,
          days: Number(days.value),
          requestId: requestId.value,
        };
        const { apiKey, secret } = await post(CreateApiKeyResponseSchema, "/v1/api-keys", body);
        if (apiKey) made(apiKey, secret);
      }}
    >
      <Field label={t("keys.name")} value={name.value} input={(text) => (name.value = text)} maxLength={200} required />
      {all.value ? (
        <Several
          legend={t("keys.scopes")}
          all={all.value.scopes.map(({ scope, allows }) => [scope, scope, allows] as const)}
          chosen={scopes.value}
          choose={(chosen) => (scopes.value = chosen)}
        />
      ) : (
        <Reading state={all.state} load={all.load} />
      )}
      <Select
        label={t("keys.days")}
        value={days.value}
        all={DAYS.map((each) => [each, t("keys.days.for", { count: Number(each) })] as const)}
        choose={(each) => (days.value = each)}
      />
    </Ask>
  );
}
