/** The signed-in person's own account: the password, and where else they are signed in. */
import { useSignal } from "@preact/signals";
import {
  ChangePasswordResponseSchema,
  ListSessionsResponseSchema,
  RevokeOtherSessionsResponseSchema,
  RevokeSessionResponseSchema,
} from "../../shared/gen/settings.ts";
import { Password } from "../password.tsx";
import { get, post, usePaged } from "../privacy/data.ts";
import { Part, Tag, When } from "../privacy/parts.tsx";
import { api, me } from "../session.ts";
import { say } from "../toasts.tsx";
import { act } from "./data.ts";
import { SecondFactor } from "./factor.tsx";
import { Form, Heading, Reading } from "./parts.tsx";
import { t } from "./words.ts";

/** The page of one's own account. */
export function Account() {
  return (
    <>
      <Heading title={t("account")} lead={t("account.lead")} />
      <div class="page">
        <p dir="auto">
          <strong>{me.value?.staff?.displayName}</strong> <span class="soft">{me.value?.staff?.email}</span>
        </p>
        <Sessions />
        <SecondFactor />
        <Change />
      </div>
    </>
  );
}

function Change() {
  const current = useSignal("");
  const fresh = useSignal("");
  return (
    <Part title={t("account.password")}>
      <Form
        label={t("account.password")}
        yes={t("account.password.yes")}
        ready={current.value !== "" && fresh.value.length >= 12}
        deed={async () => {
          const body = { currentPassword: current.value, newPassword: fresh.value };
          await post(ChangePasswordResponseSchema, "/v1/me/password", body);
          current.value = fresh.value = "";
          say(t("account.password.done"));
        }}
      >
        <Password
          label={t("account.password.now")}
          value={current.value}
          input={(text) => (current.value = text)}
          autocomplete="current-password"
        />
        <Password
          label={t("account.password.new")}
          hint={t("account.password.hint")}
          value={fresh.value}
          input={(text) => (fresh.value = text)}
          autocomplete="new-password"
        />
      </Form>
    </Part>
  );
}

function Sessions() {
  const list = usePaged("sessions", async (pageToken) => {
    const page = await get(ListSessionsResponseSchema, "/v1/me/sessions", { pageToken });
    return { items: page.sessions, next: page.nextPageToken };
  });
  const { value: state } = list.state;
  const named = (device: string) => device || t("account.session.unknown");
  return (
    <Part title={t("account.sessions")}>
      <p class="soft">{t("account.sessions.text")}</p>
      {list.items.value.length === 0 && state !== "ready" ? (
        <Reading state={state === "failed" ? "failed" : "loading"} load={list.load} />
      ) : (
        <ul class="cards">
          {list.items.value.map((session) => (
            <li key={session.id} class="card">
              <div>
                <h4>{named(session.device)}</h4>
                <p class="soft">
                  {t("account.session.opened")} <When at={session.createTime} /> · {t("account.session.used")}{" "}
                  <When at={session.useTime} />
                </p>
              </div>
              {session.isCurrent ? (
                <Tag tone="good">{t("account.session.here")}</Tag>
              ) : (
                <button
                  type="button"
                  class="button"
                  aria-label={t("account.session.end.of", { device: named(session.device) })}
                  onClick={() =>
                    act(async () => {
                      await api.call(RevokeSessionResponseSchema, "DELETE", `/v1/me/sessions/${session.id}`);
                      await list.load();
                    }, t("account.session.ended"))
                  }
                >
                  {t("account.session.end")}
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
      <button
        type="button"
        class="button"
        onClick={() =>
          act(async () => {
            await post(RevokeOtherSessionsResponseSchema, "/v1/me/sessions:revokeOthers");
            await list.load();
          }, t("account.session.ended"))
        }
      >
        {t("account.others")}
      </button>
    </Part>
  );
}
