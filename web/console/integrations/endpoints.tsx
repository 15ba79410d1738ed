/** The endpoints: added, tried, taken in and out of use, given other secrets, removed. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Dialog } from "../../shared/dialog.tsx";
import type { Purpose } from "../../shared/gen/frames.ts";
import {
  CreateWebhookResponseSchema,
  DeleteWebhookResponseSchema,
  ListWebhookEventsResponseSchema,
  ListWebhooksResponseSchema,
  RotateWebhookSecretResponseSchema,
  TestWebhookResponseSchema,
  type Webhook,
  type WebhookEvent,
} from "../../shared/gen/integrations.ts";
import { Icon } from "../../shared/icons.tsx";
import { Time } from "../../shared/time.tsx";
import { get, newRequestId, post, usePaged } from "../privacy/data.ts";
import { Ask, copy, Field, Select, Tag } from "../privacy/parts.tsx";
import { api, has } from "../session.ts";
import { act, use } from "./data.ts";
import { Empty, Head, Standing } from "./parts.tsx";
import { t } from "./words.ts";

const PURPOSES = [
  "PURPOSE_ESSENTIAL_SERVICE",
  "PURPOSE_ESSENTIAL_SERVICE_OPERATIONS",
  "PURPOSE_FUNCTIONAL_SERVICE_IMPROVE",
  "PURPOSE_ESSENTIAL_LEGAL_OBLIGATION",
] as const satisfies readonly Purpose[];
const TONES = {
  STATE_ACTIVE: "good",
  STATE_PAUSED: "quiet",
  STATE_DISABLED: "bad",
  STATE_UNSPECIFIED: "quiet",
} as const;

/** The page of endpoints. */
export function Endpoints() {
  const list = usePaged("webhooks", async (pageToken) => {
    const page = await get(ListWebhooksResponseSchema, "/v1/webhooks", { pageToken });
    return { items: page.webhooks, next: page.nextPageToken };
  });
  const adding = useSignal(false);
  const secret = useSignal("");
  const asked = useSignal<{ webhook: Webhook; what: "remove" | "rotate" } | undefined>(undefined);
  const manages = has("CALLER_ADMIN");
  const { value: all } = list.items;
  const turn = (webhook: Webhook, state: Webhook["state"]) =>
    act(
      async () => list.put(await use(webhook, state)),
      t(state === "STATE_ACTIVE" ? "hooks.used" : "hooks.paused", { name: webhook.displayName }),
    );
  const asking = asked.value;
  return (
    <>
      <Head title={t("hooks")} lead={t("hooks.lead")}>
        {manages && (
          <button type="button" class="button" aria-haspopup="dialog" onClick={() => (adding.value = true)}>
            <Icon name="plus" size={18} />
            {t("hooks.add")}
          </button>
        )}
      </Head>
      {all.length === 0 ? (
        list.state.value === "ready" ? (
          <Empty title={t("hooks.none")} text={t(manages ? "hooks.none.text" : "hooks.none.officer")} />
        ) : (
          <Standing state={list.state.value} load={list.load} />
        )
      ) : (
        <ul class="column-rows" aria-label={t("hooks")}>
          {all.map((webhook) => (
            <li key={webhook.id}>
              <div>
                <h3>
                  <span dir="auto">{webhook.displayName}</span>{" "}
                  <Tag tone={TONES[webhook.state]}>{t(`state.${webhook.state}`)}</Tag>
                </h3>
                <p class="soft hook-url">{webhook.url}</p>
                <p class="soft">{webhook.eventTypes.join(" · ")}</p>
                <p class="faint">
                  {t(`purpose.${webhook.purpose as (typeof PURPOSES)[number]}`)} ·{" "}
                  {webhook.failingSinceTime > 0 ? (
                    <>
                      {t("hooks.failing", { count: webhook.failureCount })} <Time at={webhook.failingSinceTime} />
                    </>
                  ) : webhook.lastSuccessTime > 0 ? (
                    <>
                      {t("hooks.took")} <Time at={webhook.lastSuccessTime} />
                    </>
                  ) : (
                    t("hooks.took.never")
                  )}
                </p>
              </div>
              {manages && (
                <div class="hook-actions">
                  {webhook.state === "STATE_ACTIVE" && (
                    <button
                      type="button"
                      class="button"
                      aria-label={t("hooks.test.of", { name: webhook.displayName })}
                      onClick={() =>
                        act(
                          () =>
                            post(TestWebhookResponseSchema, `/v1/webhooks/${encodeURIComponent(webhook.id)}:test`, {
                              requestId: newRequestId(),
                            }),
                          t("hooks.tested"),
                        )
                      }
                    >
                      {t("hooks.test")}
                    </button>
                  )}
                  <button
                    type="button"
                    class="button"
                    aria-label={t(webhook.state === "STATE_ACTIVE" ? "hooks.pause.of" : "hooks.use.of", {
                      name: webhook.displayName,
                    })}
                    onClick={() => turn(webhook, webhook.state === "STATE_ACTIVE" ? "STATE_PAUSED" : "STATE_ACTIVE")}
                  >
                    {t(webhook.state === "STATE_ACTIVE" ? "hooks.pause" : "hooks.use")}
                  </button>
                  <button
                    type="button"
                    class="button"
                    aria-haspopup="dialog"
                    aria-label={t("hooks.rotate.of", { name: webhook.displayName })}
                    onClick={() => (asked.value = { webhook, what: "rotate" })}
                  >
                    {t("hooks.rotate")}
                  </button>
                  <button
                    type="button"
                    class="button"
                    aria-haspopup="dialog"
                    aria-label={t("hooks.remove.of", { name: webhook.displayName })}
                    onClick={() => (asked.value = { webhook, what: "remove" })}
                  >
                    {t("hooks.remove")}
                  </button>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      {list.next.value !== "" && (
        <button type="button" class="button" onClick={list.loadMore}>
          {t("hooks.more")}
        </button>
      )}
      {adding.value && (
        <Add
          close={() => (adding.value = false)}
          made={(webhook, shown) => {
            list.put(webhook);
            secret.value = shown;
          }}
        />
      )}
      {asking && (
        <Ask
          title={t(`hooks.${asking.what}.title`, { name: asking.webhook.displayName })}
          text={t(`hooks.${asking.what}.text`)}
          yes={t(`hooks.${asking.what}`)}
          close={() => (asked.value = undefined)}
          deed={async () => {
            const path = `/v1/webhooks/${encodeURIComponent(asking.webhook.id)}`;
            if (asking.what === "remove") {
              await api.call(DeleteWebhookResponseSchema, "DELETE", path);
              await list.load();
              return;
            }
            const body = { overlapHours: 24, requestId: newRequestId() };
            const answer = await post(RotateWebhookSecretResponseSchema, `${path}:rotate`, body);
            if (answer.webhook) list.put(answer.webhook);
            secret.value = answer.secret;
          }}
        />
      )}
      {secret.value !== "" && (
        <Dialog title={t("hooks.secret.title")} close={() => (secret.value = "")} name="ask">
          <p>{t("hooks.secret")}</p>
          <p class="code">
            <code>{secret.value}</code>
          </p>
          <div class="actions">
            <button type="button" class="button" onClick={() => copy(secret.value)}>
              {t("hooks.copy")}
            </button>
            <button type="button" class="button" onClick={() => (secret.value = "")}>
              {t("hooks.secret.done")}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Add({ close, made }: { close: () => void; made: (webhook: Webhook, secret: string) => void }) {
  const name = useSignal("");
  const url = useSignal("https://");
  const purpose = useSignal<(typeof PURPOSES)[number]>("PURPOSE_ESSENTIAL_SERVICE");
  const chosen = useSignal<readonly string[]>([]);
  const offered = useSignal<readonly WebhookEvent[]>([]);
  const requestId = useSignal(newRequestId());
  useEffect(() => {
    get(ListWebhookEventsResponseSchema, "/v1/webhooks:events").then(
      (answer) => (offered.value = answer.events),
      () => {},
    );
  }, []);
  const all = offered.value.filter(({ purposes }) => purposes.includes(purpose.value));
  const told = all.filter(({ eventType }) => chosen.value.includes(eventType)).map(({ eventType }) => eventType);
  return (
    <Ask
      title={t("hooks.add")}
      text={t("hooks.add.text")}
      yes={t("hooks.add.yes")}
      close={close}
      ready={name.value.trim() !== "" && url.value.length > 10 && told.length > 0}
      deed={async () => {
        const answer = await post(CreateWebhookResponseSchema, "/v1/webhooks", {
          displayName: name.value.trim(),
          url: url.value.trim(),
          purpose: purpose.value,
          eventTypes: told,
          requestId: requestId.value,
        });
        if (answer.webhook) made(answer.webhook, answer.secret);
      }}
    >
      <Field
        label={t("hooks.name")}
        value={name.value}
        input={(text) => (name.value = text)}
        maxLength={100}
        required
      />
      <Field
        label={t("hooks.url")}
        hint={t("hooks.url.hint")}
        type="url"
        value={url.value}
        input={(text) => (url.value = text)}
        maxLength={1000}
        required
      />
      <Select
        label={t("hooks.purpose")}
        hint={t("hooks.purpose.hint")}
        value={purpose.value}
        all={PURPOSES.map((each) => [each, t(`purpose.${each}`)] as const)}
        choose={(value) => (purpose.value = value)}
      />
      <fieldset class="hook-events">
        <legend>{t("hooks.events")}</legend>
        {all.map(({ eventType, meaning }) => (
          <label key={eventType}>
            <input
              type="checkbox"
              checked={chosen.value.includes(eventType)}
              onChange={({ currentTarget }) => {
                const others = chosen.value.filter((each) => each !== eventType);
                chosen.value = currentTarget.checked ? [...others, eventType] : others;
              }}
            />
            <span>
              {meaning} <span class="faint">{eventType}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </Ask>
  );
}
