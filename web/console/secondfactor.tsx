/** The second step of signing in, and what a new second factor looks like: a picture for an app, and recovery codes. */
import { useSignal } from "@preact/signals";
import { ApiError } from "../shared/api.ts";
import { saveFile } from "../shared/chat/transcript.ts";
import { duration } from "../shared/time.tsx";
import { finishSignIn, open, type Waiting } from "./session.ts";
import { t } from "./words/en.ts";

/** A new secret, for an app's camera and for typing. */
export function NewFactor({ secret, path, size }: { secret: string; path: string; size: number }) {
  return (
    <div class="factor">
      <svg class="qr" viewBox={`-4 -4 ${size + 8} ${size + 8}`} role="img" aria-label={t("factor.picture")}>
        <rect x="-4" y="-4" width={size + 8} height={size + 8} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
      <p>
        {t("factor.type")} <code>{secret.match(/.{1,4}/g)?.join(" ")}</code>
      </p>
    </div>
  );
}

/** Recovery codes, which are shown once. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <>
      <p>{t("factor.codes")}</p>
      <ul class="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <button
        type="button"
        class="button"
        onClick={() => saveFile("parley-recovery-codes.txt", new Blob([`${codes.join("\n")}\n`]))}
      >
        {t("factor.codes.save")}
      </button>
    </>
  );
}

/** The page that asks for the code after a right password. */
export function SecondStep({ waiting, back }: { waiting: Waiting; back: () => void }) {
  const code = useSignal("");
  const busy = useSignal(false);
  const trouble = useSignal("");
  const codes = useSignal<readonly string[]>([]);
  const { challenge, secondFactor } = waiting;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    trouble.value = "";
    try {
      codes.value = await finishSignIn(challenge, code.value);
      if (codes.value.length === 0) await open();
    } catch (error) {
      const refused = error instanceof ApiError ? error : undefined;
      if (refused?.status === 429)
        trouble.value = t("signin.limited", { time: duration(refused.retryAfterMs || 60_000) });
      else
        trouble.value = t(refused && refused.status >= 400 && refused.status < 500 ? "factor.wrong" : "signin.failed");
    } finally {
      busy.value = false;
    }
  };
  if (codes.value.length > 0) {
    return (
      <main class="signin">
        <section aria-labelledby="signin-title">
          <h1 id="signin-title">{t("factor.codes.title")}</h1>
          <RecoveryCodes codes={codes.value} />
          <button type="button" class="button main" onClick={open}>
            {t("factor.codes.done")}
          </button>
        </section>
      </main>
    );
  }
  return (
    <main class="signin">
      <form onSubmit={submit} aria-labelledby="signin-title">
        <p class="mark">{t("console.title")}</p>
        <h1 id="signin-title">{t(secondFactor ? "factor.new" : "factor.title")}</h1>
        <p class="lead">{t(secondFactor ? "factor.new.lead" : "factor.lead")}</p>
        <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
        {secondFactor && (
          <NewFactor secret={secondFactor.secret} path={secondFactor.qrPath} size={secondFactor.qrSize} />
        )}
        <div class="field">
          <label for="code">{t("factor.code")}</label>
          <input
            id="code"
            required
            autocomplete="one-time-code"
            autocapitalize="characters"
            spellcheck={false}
            maxLength={32}
            value={code.value}
            ref={(element) => {
              if (element && document.activeElement === document.body) element.focus();
            }}
            onInput={({ currentTarget }) => {
              code.value = currentTarget.value;
            }}
          />
        </div>
        <button type="submit" class="button main" aria-disabled={busy.value}>
          {busy.value ? t("signin.busy") : t("signin.go")}
        </button>
        <button type="button" class="button plain" onClick={back}>
          {t("factor.back")}
        </button>
      </form>
    </main>
  );
}
