/** Support access: leave for the platform's staff to read this organisation's conversations, for a reason and for hours. */

import { useSignal } from "@preact/signals";
import type { SupportGrant } from "../../shared/gen/privacy.ts";
import {
  CreateSupportGrantResponseSchema,
  ListSupportGrantsResponseSchema,
  RevokeSupportGrantResponseSchema,
} from "../../shared/gen/privacy.ts";
import { Icon } from "../../shared/icons.tsx";
import { exact, now } from "../../shared/time.tsx";
import { Browse } from "../pages.tsx";
import { href } from "../route.ts";
import { api, has } from "../session.ts";
import { say } from "../toasts.tsx";
import { act, get, newRequestId, type Paged, post, staffName, usePaged } from "./data.ts";
import { Ask, Detail, Facts, Field, Heading, Quote, Select, Tag, When } from "./parts.tsx";
import { openId } from "./places.ts";
import { t } from "./words.ts";

const HOURS = ["1", "4", "8", "24", "48", "72"] as const;

/** Returns where a grant stands at a moment. */
export function standing({ revokeTime, expireTime }: SupportGrant, at: number): "running" | "revoked" | "over" {
  if (revokeTime > 0) return "revoked";
  return expireTime > at ? "running" : "over";
}

function StateTag({ grant }: { grant: SupportGrant }) {
  const state = standing(grant, now.value);
  return <Tag tone={state === "running" ? "careful" : "quiet"}>{t(`support.${state}`)}</Tag>;
}

function Row({ grant }: { grant: SupportGrant }) {
  return (
    <>
      <span class="row-top">
        <strong dir="auto">{grant.reason}</strong>
        <StateTag grant={grant} />
      </span>
      <span class="row-bottom">
        <span>{t("by", { name: staffName(grant.grantedBy) })}</span>
        <span class="faint">
          <When at={grant.createTime} />
        </span>
      </span>
    </>
  );
}

async function revoke(id: string, list: Paged<SupportGrant>): Promise<void> {
  const path = `/v1/support-grants/${encodeURIComponent(id)}`;
  const done = await act(() => api.call(RevokeSupportGrantResponseSchema, "DELETE", path), t("support.revoke.done"));
  if (done?.supportGrant) list.put(done.supportGrant);
}

/** The page of support access. */
export function Support() {
  const adding = useSignal(false);
  const list = usePaged("grants", async (pageToken) => {
    const page = await get(ListSupportGrantsResponseSchema, "/v1/support-grants", { pageToken });
    return { items: page.supportGrants, next: page.nextPageToken };
  });
  const open = list.items.value.find(({ id }) => id === openId.value);
  const gives = has("CALLER_ADMIN");
  return (
    <>
      <Heading title={t("support")} lead={t("support.lead")}>
        {gives && (
          <button type="button" class="button" onClick={() => (adding.value = true)}>
            <Icon name="plus" size={18} />
            {t("support.add")}
          </button>
        )}
      </Heading>
      <Browse
        list={list}
        label={t("support")}
        open={openId.value}
        to={(id) => href("privacy", "support", id)}
        row={(grant) => <Row grant={grant} />}
        empty={{
          title: t("support.empty"),
          text: t(gives ? "support.empty.text" : "support.empty.text.officer"),
        }}
        pick={{ title: t("support.pick"), text: t("support.pick.text") }}
      >
        {open && <Open key={open.id} grant={open} list={list} />}
      </Browse>
      {adding.value && <NewGrant list={list} close={() => (adding.value = false)} />}
    </>
  );
}

function NewGrant({ list, close }: { list: Paged<SupportGrant>; close: () => void }) {
  const reason = useSignal("");
  const hours = useSignal<(typeof HOURS)[number]>("4");
  const requestId = useSignal(newRequestId());
  const deed = async () => {
    const { supportGrant } = await post(CreateSupportGrantResponseSchema, "/v1/support-grants", {
      reason: reason.value.trim(),
      hours: Number(hours.value),
      requestId: requestId.value,
    });
    if (!supportGrant) return;
    list.put(supportGrant);
    say(t("support.new.done"), () => revoke(supportGrant.id, list));
  };
  return (
    <Ask
      title={t("support.new.title")}
      text={t("support.new.text")}
      yes={t("support.new.yes")}
      close={close}
      deed={deed}
      ready={reason.value.trim().length >= 3}
    >
      <Field
        label={t("support.reason")}
        hint={t("support.reason.hint")}
        value={reason.value}
        input={(text) => (reason.value = text)}
        lines={3}
        maxLength={500}
        required
      />
      <Select
        label={t("support.hours")}
        value={hours.value}
        all={HOURS.map((one) => [one, t("support.hours.count", { count: Number(one) })])}
        choose={(one) => (hours.value = one)}
      />
    </Ask>
  );
}

function Open({ grant, list }: { grant: SupportGrant; list: Paged<SupportGrant> }) {
  const asking = useSignal(false);
  const running = standing(grant, now.value) === "running";
  return (
    <Detail
      place="support"
      title={t("support.grant")}
      tag={<StateTag grant={grant} />}
      actions={
        running && (
          <button type="button" class="button" onClick={() => (asking.value = true)}>
            {t("support.revoke")}
          </button>
        )
      }
    >
      <Quote text={grant.reason} />
      <Facts
        facts={[
          [t("support.by"), staffName(grant.grantedBy)],
          [t("support.given"), <When key="given" at={grant.createTime} />],
          grant.revokeTime > 0
            ? [t("support.revoked"), <When key="revoked" at={grant.revokeTime} />]
            : [t(running ? "support.ends" : "support.ended"), exact(grant.expireTime)],
          [t("support.used"), grant.useTime > 0 ? <When key="used" at={grant.useTime} /> : t("support.used.no")],
        ]}
      />
      <p class="soft">{t("support.ledger")}</p>
      {asking.value && (
        <Ask
          title={t("support.revoke.title")}
          text={t("support.revoke.text")}
          yes={t("support.revoke")}
          close={() => (asking.value = false)}
          deed={() => revoke(grant.id, list)}
        />
      )}
    </Detail>
  );
}
