/** The sign-in page. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, fetchJson } from "../shared/api.ts";
import { recall, remember } from "../shared/storage.ts";
import { duration } from "../shared/time.tsx";
import { route } from "./route.ts";
import { SecondStep } from "./secondfactor.tsx";
import { ended, signIn, type Waiting } from "./session.ts";
import { t } from "./words/en.ts";

export function SignIn() {
  const form = useRef<HTMLFormElement>(null);
  const busy = useSignal(false);
  const trouble = useSignal("");
  const shown = useSignal(false);
  const waiting = useSignal<Waiting | undefined>(undefined);
  useEffect(() => {
    const empty = [...(form.current?.querySelectorAll("input") ?? [])].find(({ value }) => value === "");
    empty?.focus();
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || !form.current) return;
    const values = new FormData(form.current);
    const [tenant = "", email = "", password = ""] = ["tenant", "email", "password"].map((name) =>
      String(values.get(name)),
    );
    busy.value = true;
    trouble.value = "";
    try {
      waiting.value = await signIn(tenant.trim().toLowerCase(), email.trim(), password);
      remember("tenant", tenant.trim().toLowerCase());
    } catch (error) {
      const refused = error instanceof ApiError ? error : undefined;
      if (refused?.status === 429) {
        trouble.value = t("signin.limited", { time: duration(refused.retryAfterMs || 60_000) });
      } else if (refused && refused.status >= 400 && refused.status < 500) {
        trouble.value = t("signin.rejected");
        form.current.querySelector<HTMLInputElement>("#password")?.select();
      } else trouble.value = t("signin.failed");
    } finally {
      busy.value = false;
    }
  };

  const elsewhere = async () => {
    const field = form.current?.querySelector<HTMLInputElement>("#tenant");
    if (busy.value || !field?.reportValidity()) return;
    busy.value = true;
    trouble.value = "";
    try {
      const tenant = field.value.trim().toLowerCase();
      const { address } = (await fetchJson("POST", "/oidc/start", { tenant })) as { address: string };
      remember("tenant", tenant);
      location.assign(address);
    } catch {
      trouble.value = t("signin.elsewhere.none");
    } finally {
      busy.value = false;
    }
  };

  if (waiting.value) return <SecondStep waiting={waiting.value} back={() => (waiting.value = undefined)} />;
  return (
    <main class="signin">
      <form ref={form} onSubmit={submit} aria-labelledby="signin-title">
        <p class="mark">{t("console.title")}</p>
        <h1 id="signin-title">{t("signin.title")}</h1>
        <p class="lead">{t("signin.lead")}</p>
        <div role="alert">
          {trouble.value !== "" && <p class="note bad">{trouble.value}</p>}
          {trouble.value === "" && route.value[0] === "refused" && (
            <p class="note bad">{t("signin.elsewhere.refused")}</p>
          )}
          {trouble.value === "" && ended.value && <p class="note careful">{t("signin.ended")}</p>}
        </div>
        <div class="field">
          <label for="tenant">{t("signin.tenant")}</label>
          <input
            id="tenant"
            name="tenant"
            required
            autocomplete="organization"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby="tenant-hint"
            defaultValue={recall("tenant") ?? ""}
          />
          <p id="tenant-hint" class="hint">
            {t("signin.tenant.hint")}
          </p>
        </div>
        <div class="field">
          <label for="email">{t("signin.email")}</label>
          <input id="email" name="email" type="email" required autocomplete="username" />
        </div>
        <div class="field">
          <label for="password">{t("signin.password")}</label>
          <input
            id="password"
            name="password"
            type={shown.value ? "text" : "password"}
            required
            autocomplete="current-password"
          />
          <label class="check">
            <input
              type="checkbox"
              checked={shown.value}
              onChange={({ currentTarget }) => {
                shown.value = currentTarget.checked;
              }}
            />
            {t("signin.show")}
          </label>
        </div>
        <button type="submit" class="button main" aria-disabled={busy.value}>
          {busy.value ? t("signin.busy") : t("signin.go")}
        </button>
        <button type="button" class="button" onClick={elsewhere}>
          {t("signin.elsewhere")}
        </button>
        <p class="hint">
          <a href="#/forgot">{t("signin.forgot")}</a>
        </p>
      </form>
    </main>
  );
}
