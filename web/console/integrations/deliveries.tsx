/** What became of what was sent: deliveries, and dead letters that can be delivered again. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  ListWebhookDeliveriesResponseSchema,
  ListWebhooksResponseSchema,
  ReplayWebhookDeliveryResponseSchema,
  type WebhookDelivery,
} from "../../shared/gen/integrations.ts";
import { Time } from "../../shared/time.tsx";
import { get, post, useAgain, usePaged } from "../privacy/data.ts";
import { Choices, Tag } from "../privacy/parts.tsx";
import { has } from "../session.ts";
import { act } from "./data.ts";
import { Empty, Head, Standing } from "./parts.tsx";
import { failureOf, t } from "./words.ts";

const SHOWN = ["STATE_UNSPECIFIED", "STATE_DEAD", "STATE_WAITING"] as const;
const TONES = {
  STATE_UNSPECIFIED: "quiet",
  STATE_WAITING: "careful",
  STATE_DELIVERED: "good",
  STATE_DEAD: "bad",
} as const;

/** The page of deliveries. */
export function Deliveries() {
  const shown = useSignal<(typeof SHOWN)[number]>("STATE_UNSPECIFIED");
  const names = useSignal<ReadonlyMap<string, string>>(new Map());
  const state = shown.value;
  const list = usePaged(`deliveries ${state}`, async (pageToken) => {
    const query = { pageToken, state: state === "STATE_UNSPECIFIED" ? "" : state };
    const page = await get(ListWebhookDeliveriesResponseSchema, "/v1/webhook-deliveries", query);
    return { items: page.deliveries, next: page.nextPageToken };
  });
  useEffect(() => {
    get(ListWebhooksResponseSchema, "/v1/webhooks", { pageSize: 200 }).then(
      ({ webhooks }) => (names.value = new Map(webhooks.map(({ id, displayName }) => [id, displayName]))),
      () => {},
    );
  }, []);
  const { value: all } = list.items;
  useAgain(
    all.some((each) => each.state === "STATE_WAITING"),
    list.load,
    5000,
  );
  const replay = (delivery: WebhookDelivery) =>
    act(async () => {
      const path = `/v1/webhook-deliveries/${encodeURIComponent(delivery.id)}:replay`;
      const answer = await post(ReplayWebhookDeliveryResponseSchema, path);
      if (answer.delivery) list.put(answer.delivery);
    }, t("sent.replayed"));
  return (
    <>
      <Head title={t("sent")} lead={t("sent.lead")}>
        <Choices
          label={t("sent.show")}
          all={SHOWN.map((each) => [each, t(`sent.${each}`)] as const)}
          value={state}
          choose={(value) => (shown.value = value)}
        />
      </Head>
      {all.length === 0 ? (
        list.state.value === "ready" ? (
          <Empty title={t("sent.none")} text={t("sent.none.text")} />
        ) : (
          <Standing state={list.state.value} load={list.load} />
        )
      ) : (
        <ul class="column-rows" aria-label={t("sent")}>
          {all.map((delivery) => (
            <li key={delivery.id}>
              <div>
                <h3>
                  {delivery.eventType} <Tag tone={TONES[delivery.state]}>{t(`sent.${delivery.state}`)}</Tag>
                </h3>
                <p class="soft">
                  <span dir="auto">{names.value.get(delivery.webhookId) ?? t("sent.unknown")}</span> ·{" "}
                  <Time at={delivery.eventTime} /> · {t("sent.attempts", { count: delivery.attempts })}
                </p>
                {delivery.failure !== "" && (
                  <p class="soft">
                    {failureOf(delivery.failure)} {delivery.status > 0 && t("sent.status", { status: delivery.status })}
                  </p>
                )}
                <p class="faint hook-url">{delivery.eventId}</p>
              </div>
              {delivery.state === "STATE_DEAD" && has("CALLER_ADMIN") && (
                <div class="hook-actions">
                  <button
                    type="button"
                    class="button"
                    aria-label={t("sent.replay.of", { type: delivery.eventType })}
                    onClick={() => replay(delivery)}
                  >
                    {t("sent.replay")}
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
    </>
  );
}
