/**
 * Sender domains: whether other mail servers can tell that the company's mail is genuine, and what to publish so that
 * they can. It shows and advises; nothing that it finds holds up a mail.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ListSenderDomainsResponseSchema, type SenderCheck, type SenderDomain } from "../../shared/gen/support.ts";
import { get } from "../privacy/data.ts";
import { copy, Tag } from "../privacy/parts.tsx";
import "./senders.css";
import { named, t } from "./words.ts";

type Tone = "quiet" | "good" | "careful" | "bad";

/** How grave a finding is; whatever stands in neither list is an error. */
const TONES: Record<string, Tone> = {
  FINDING_GOOD: "good",
  FINDING_UNASKED: "quiet",
  FINDING_SELECTOR_UNSET: "quiet",
  FINDING_UNANSWERED: "careful",
  FINDING_WATCHING: "careful",
  FINDING_OPEN: "careful",
  FINDING_RELAY_UNNAMED: "careful",
};

/** What of a finding depends on the method that found it. */
function said(kind: "finding" | "mend", { method, finding }: SenderCheck): string {
  const own = `${kind}.${finding.slice("FINDING_".length)}`;
  const exact = `${own}.${method.slice("SENDER_METHOD_".length)}`;
  const words = named(exact);
  return words === exact ? named(own) : words;
}

/** The domains that the company's mail shows, looked up when the page is opened and whenever one asks. */
export function SenderDomains() {
  const domains = useSignal<readonly SenderDomain[]>([]);
  const standing = useSignal<"loading" | "ready" | "failed">("loading");
  const look = async () => {
    standing.value = "loading";
    try {
      domains.value = (await get(ListSenderDomainsResponseSchema, "/v1/sender-domains")).domains;
      standing.value = "ready";
    } catch {
      standing.value = "failed";
    }
  };
  useEffect(() => {
    look();
  }, []);
  const busy = standing.value === "loading";
  return (
    <section class="senders" aria-labelledby="senders-title">
      <header class="column-head kept-head">
        <div>
          <h3 id="senders-title">{t("senders")}</h3>
          <p class="soft">{t("senders.lead")}</p>
        </div>
        <button type="button" class="button" aria-disabled={busy} onClick={() => !busy && look()}>
          {t(busy ? "busy" : "senders.again")}
        </button>
      </header>
      <p class="unseen" role="status">
        {busy ? t("senders.busy") : t("senders.done")}
      </p>
      {standing.value === "failed" && (
        <p class="note bad" role="alert">
          {t("failed")}
        </p>
      )}
      {busy && domains.value.length === 0 && (
        <p class="progress">
          <span class="spinner" />
        </p>
      )}
      {domains.value.map((each) => (
        <Domain key={each.domain} domain={each} />
      ))}
    </section>
  );
}

function Domain({ domain }: { domain: SenderDomain }) {
  return (
    <article class="sender" aria-label={domain.domain}>
      <h4 dir="ltr">{domain.domain}</h4>
      <p class="soft">{domain.uses.map((use) => named(use)).join(" ")}</p>
      <ul>
        {domain.checks.map((check) => (
          <Check key={check.method} check={check} domain={domain.domain} />
        ))}
      </ul>
    </article>
  );
}

function Check({ check, domain }: { check: SenderCheck; domain: string }) {
  const method = named(check.method);
  return (
    <li>
      <h5>
        {method} <Tag tone={TONES[check.finding] ?? "bad"}>{named(`tag.${TONES[check.finding] ?? "bad"}`)}</Tag>
      </h5>
      <p>{said("finding", check)}</p>
      {check.finding !== "FINDING_GOOD" && <p class="soft">{said("mend", check)}</p>}
      {(check.found.length > 0 || check.wanted !== "") && (
        <dl>
          <dt>{t("senders.at")}</dt>
          <dd>
            <code dir="ltr">{check.standsAt}</code>
          </dd>
          {check.found.length > 0 && <dt>{t("senders.found")}</dt>}
          {check.found.map((record) => (
            <dd key={record}>
              <code dir="ltr">{record}</code>
            </dd>
          ))}
          {check.wanted !== "" && (
            <>
              <dt>{t("senders.wanted")}</dt>
              <dd class="sender-wanted">
                <code dir="ltr">{check.wanted}</code>
                <button
                  type="button"
                  class="button"
                  aria-label={t("senders.copy.of", { method, domain })}
                  onClick={() => copy(check.wanted)}
                >
                  {t("mailboxes.copy")}
                </button>
              </dd>
            </>
          )}
        </dl>
      )}
    </li>
  );
}
