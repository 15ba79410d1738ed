/** The record of administration: who changed what. */
import { useSignal } from "@preact/signals";
import { type AuditChange, ListAuditEntriesResponseSchema } from "../../shared/gen/settings.ts";
import { get, usePaged } from "../privacy/data.ts";
import { Choices, When } from "../privacy/parts.tsx";
import { people } from "./data.ts";
import { Heading, Reading } from "./parts.tsx";
import { t } from "./words.ts";

const KINDS = ["", "staff", "site", "api_key", "setting", "team"] as const;
type Kind = (typeof KINDS)[number];

function told({ field, beforeJson, afterJson }: AuditChange): string {
  if (beforeJson === "" && afterJson === "") return t("audit.changed.named", { field });
  return t("audit.changed", {
    field,
    before: beforeJson || t("audit.nothing"),
    after: afterJson || t("audit.nothing"),
  });
}

/** The page of the record. */
export function Audit() {
  const kind = useSignal<Kind>("");
  const list = usePaged(`audit ${kind.value}`, async (pageToken) => {
    const page = await get(ListAuditEntriesResponseSchema, "/v1/audit-entries", { pageToken, kind: kind.value });
    return { items: page.entries, next: page.nextPageToken };
  });
  const { value: state } = list.state;
  const who = (id: string) =>
    id === "" ? t("audit.platform") : (people.value.get(id)?.displayName ?? t("audit.former"));
  return (
    <>
      <Heading title={t("audit")} lead={t("audit.lead")} />
      <div class="page">
        <Choices
          label={t("audit.kind")}
          all={KINDS.map((one) => [one, one === "" ? t("audit.all") : t(`audit.kind.${one}`)])}
          value={kind.value}
          choose={(one) => (kind.value = one)}
        />
        {list.items.value.length === 0 ? (
          state === "ready" ? (
            <p class="soft">{t("audit.none")}</p>
          ) : (
            <Reading state={state === "failed" ? "failed" : "loading"} load={list.load} />
          )
        ) : (
          <ul class="cards">
            {list.items.value.map((entry) => (
              <li key={entry.id} class="card">
                <div>
                  <h3>
                    <code>{entry.action}</code>
                  </h3>
                  <p class="soft">
                    <span dir="auto">{who(entry.staffId)}</span> ·{" "}
                    <code>{people.value.get(entry.targetId)?.displayName ?? entry.targetId}</code>
                  </p>
                  {entry.changes.map((change) => (
                    <p key={change.field} class="soft">
                      {told(change)}
                    </p>
                  ))}
                </div>
                <span class="soft">
                  <When at={entry.createTime} />
                </span>
              </li>
            ))}
          </ul>
        )}
        {list.next.value !== "" && (
          <button type="button" class="button" onClick={list.loadMore}>
            {t("more")}
          </button>
        )}
      </div>
    </>
  );
}
