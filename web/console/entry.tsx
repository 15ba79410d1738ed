/**
 * The pages for people who cannot sign in yet: those who come by a link from a mail, and those who forgot a password.
 *
 * A link's secret stands in the address's fragment, which no server sees, and leaves the address as soon as it is read.
 */
import { signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { ApiError, fetchJson } from "../shared/api.ts";
import { recall, remember } from "../shared/storage.ts";
import { duration } from "../shared/time.tsx";
import { Password } from "./password.tsx";
import { route } from "./route.ts";
import { t } from "./words/en.ts";

interface Owner {
  displayName: string;
  email: string;
  tenant: string;
  tenantName: string;
  isInvitation: boolean;
}

const secret = signal("");

function take(): void {
  if (route.value[0] !== "entry" || !route.value[1]) return;
  secret.value = route.value[1];
  history.replaceState(null, "", "#/entry");
  route.value = ["entry"];
}

/** Returns what to say of a deed that failed. */
function troubleOf(error: unknown): string {
  if (error instanceof ApiError && error.status === 429) {
    return t("entry.limited", { time: duration(error.retryAfterMs || 60_000) });
  }
  if (error instanceof ApiError && error.status >= 400 && error.status < 500) return t("entry.rejected");
  return t("entry.failed");
}

function Card(props: { title: string; lead: string; children: ComponentChildren }) {
  return (
    <main class="signin">
      <section aria-labelledby="entry-title">
        <p class="mark">{t("console.title")}</p>
        <h1 id="entry-title">{props.title}</h1>
        <p class="lead">{props.lead}</p>
        {props.children}
        <p class="hint">
          <a href="#/">{t("entry.signin")}</a>
        </p>
      </section>
    </main>
  );
}

function useDeed(): { busy: boolean; trouble: string; run: (deed: () => Promise<void>) => Promise<void> } {
  const busy = useSignal(false);
  const trouble = useSignal("");
  const run = async (deed: () => Promise<void>) => {
    if (busy.value) return;
    busy.value = true;
    trouble.value = "";
    try {
      await deed();
    } catch (error) {
      trouble.value = troubleOf(error);
    } finally {
      busy.value = false;
    }
  };
  return { busy: busy.value, trouble: trouble.value, run };
}

function Trouble({ text }: { text: string }) {
  return <div role="alert">{text !== "" && <p class="note bad">{text}</p>}</div>;
}

function Choose() {
  const owner = useSignal<Owner | undefined>(undefined);
  const done = useSignal(false);
  const password = useSignal("");
  const { busy, trouble, run } = useDeed();
  useEffect(() => {
    take();
    run(async () => {
      owner.value = (await fetchJson("POST", "/entry/check", { secret: secret.peek() || "none" })) as Owner;
    });
  }, []);
  const who = owner.value;
  if (done.value) {
    return (
      <Card title={t("entry.done")} lead={t("entry.done.text", { tenant: who?.tenant ?? "" })}>
        <Trouble text="" />
      </Card>
    );
  }
  if (!who) {
    return (
      <Card title={t("entry.title")} lead={trouble === "" ? t("entry.reading") : t("entry.gone")}>
        <Trouble text={trouble} />
      </Card>
    );
  }
  return (
    <Card
      title={who.isInvitation ? t("entry.welcome", { name: who.displayName }) : t("entry.title")}
      lead={t("entry.lead", { tenant: who.tenantName, email: who.email })}
    >
      <form
        aria-labelledby="entry-title"
        onSubmit={(event) => {
          event.preventDefault();
          run(async () => {
            await fetchJson("POST", "/entry", { secret: secret.peek(), password: password.value });
            secret.value = "";
            remember("tenant", who.tenant);
            done.value = true;
          });
        }}
      >
        <Trouble text={trouble} />
        <input type="hidden" autocomplete="username" value={who.email} />
        <Password
          label={t("entry.password")}
          hint={t("entry.password.hint")}
          value={password.value}
          input={(text) => (password.value = text)}
          autocomplete="new-password"
        />
        <button type="submit" class="button main" aria-disabled={busy}>
          {t("entry.go")}
        </button>
      </form>
    </Card>
  );
}

function Forgot() {
  const tenant = useSignal(recall("tenant") ?? "");
  const email = useSignal("");
  const sent = useSignal(false);
  const { busy, trouble, run } = useDeed();
  return (
    <Card title={t("forgot.title")} lead={t("forgot.lead")}>
      <div role="status">{sent.value && <p class="note good">{t("forgot.sent")}</p>}</div>
      {!sent.value && (
        <form
          aria-labelledby="entry-title"
          onSubmit={(event) => {
            event.preventDefault();
            run(async () => {
              const body = { tenant: tenant.value.trim().toLowerCase(), email: email.value.trim() };
              await fetchJson("POST", "/password-reset", body);
              sent.value = true;
            });
          }}
        >
          <Trouble text={trouble} />
          <div class="field">
            <label for="forgot-tenant">{t("signin.tenant")}</label>
            <input
              id="forgot-tenant"
              required
              autocomplete="organization"
              autocapitalize="none"
              spellcheck={false}
              value={tenant.value}
              onInput={({ currentTarget }) => (tenant.value = currentTarget.value)}
            />
          </div>
          <div class="field">
            <label for="forgot-email">{t("signin.email")}</label>
            <input
              id="forgot-email"
              type="email"
              required
              autocomplete="username"
              value={email.value}
              onInput={({ currentTarget }) => (email.value = currentTarget.value)}
            />
          </div>
          <button type="submit" class="button main" aria-disabled={busy}>
            {t("forgot.go")}
          </button>
        </form>
      )}
    </Card>
  );
}

export default function Entry() {
  return route.value[0] === "forgot" ? <Forgot /> : <Choose />;
}
