/** Being forgotten: the stores tick off one by one, then what remains and until when. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { fetchJson } from "../shared/api.ts";
import { Icon } from "../shared/icons.tsx";
import { newClientId } from "../shared/live/client.ts";
import { date } from "../shared/time.tsx";
import { focusWithin } from "./host.ts";
import { api, forget, privacyPath, renew, stage } from "./session.ts";
import { Refused, refused } from "./survey/refused.tsx";
import { t, tOr } from "./words/besides.ts";

/** The part of a request about one's data that is shown here, as the platform writes it. */
interface Asked {
  state?: string;
  steps?: { service: string; state: string }[];
  receipt?: { backupsGoneTime?: string; lines?: { held?: string }[] };
}

const LOOK_MS = 400;
const PATIENCE_MS = 60_000;

export function Forgetting() {
  return refused.value ? <Refused /> : <Forgotten />;
}

function Forgotten() {
  const asked = useSignal<Asked>({});
  const code = useSignal("");
  const failed = useSignal(false);
  const title = useRef<HTMLHeadingElement>(null);

  const follow = async () => {
    // Without the request nothing is deleted, and the chat goes on as it was.
    const made = (await api.json("POST", "/v1/privacy-requests", {
      kind: "KIND_ERASE",
      requestId: newClientId(),
    })) as { request: Asked; trackingCode: string };
    asked.value = made.request;
    code.value = made.trackingCode;
    const until = Date.now() + PATIENCE_MS;
    let token = "";
    while (asked.value.state === "STATE_RUNNING" && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      try {
        token ||= await forget();
        const headers = { authorization: `Bearer ${token}` };
        const body = { trackingCode: code.value };
        const answer = await fetchJson("POST", "/v1/privacy-requests:track", body, headers);
        asked.value = (answer as { request: Asked }).request;
      } catch {
        // The deletion goes on without this page; it is only looked at again.
      }
    }
    if (token === "") await forget().catch(() => {});
  };
  useEffect(() => {
    focusWithin(title.current);
    follow().catch(() => (failed.value = true));
  }, []);

  const { state, steps = [], receipt } = asked.value;
  const held = receipt?.lines?.some((line) => Number(line.held) > 0);
  if (failed.value) {
    return (
      <div class="page middle" role="alert">
        <h2>{t("forgetting.failed")}</h2>
        <p>{t("forgetting.failed.text")}</p>
        <button type="button" class="button" onClick={() => (stage.value = "chat")}>
          {t("forgetting.back")}
        </button>
      </div>
    );
  }
  return (
    <div class="page forgetting">
      <h2 ref={title} tabIndex={-1}>
        {t("forgetting.title")}
      </h2>
      <ul class="steps">
        {steps.map((step) => {
          const done = step.state === "STATE_DONE";
          return (
            <li key={step.service} class={done ? "done" : ""}>
              <span class="tick">{done ? <Icon name="check" size={18} /> : <span class="spinner" />}</span>
              {tOr(`forgetting.step.${step.service}`, "forgetting.step.other")}
              {done && <span class="unseen">{t("forgetting.done")}</span>}
            </li>
          );
        })}
      </ul>
      {state !== undefined && state !== "STATE_RUNNING" && (
        <section class="note good" role="status">
          <h3>{t("forgetting.gone")}</h3>
          <p>
            {held ? t("forgetting.held") : t("forgetting.gone.text")}{" "}
            {receipt?.backupsGoneTime && t("forgetting.backups", { date: date(Date.parse(receipt.backupsGoneTime)) })}
          </p>
        </section>
      )}
      {code.value !== "" && (
        <p class="faint">
          {t("forgetting.code")} <strong dir="ltr">{code.value}</strong>{" "}
          <a href={`${privacyPath}/track`} target="_blank" rel="noopener">
            {t("forgetting.track")}
          </a>
        </p>
      )}
      <button type="button" class="button main wide" onClick={() => renew()}>
        {t("ended.new")}
      </button>
    </div>
  );
}
