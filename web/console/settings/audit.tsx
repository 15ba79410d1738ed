/** The record of administration: who changed what. */
import { useSignal } from "@preact/signals";
import { type AuditChange, ListAuditEntriesResponseSchema } from "../../shared/gen/settings.ts";
import { get, useLoaded, usePaged } from "../privacy/data.ts";
import { Choices, When } from "../privacy/parts.tsx";
import { people, readSites, readTeams } from "./data.ts";
import { Heading, Reading } from "./parts.tsx";
import { told } from "./record.ts";
import { t, word } from "./words.ts";

const KINDS = ["", "staff", "site", "api_key", "setting", "team"] as const;
type Kind = (typeof KINDS)[number];

function changed({ field, beforeJson, afterJson }: AuditChange, nameOf: (id: string) => string | undefined): string {
  const label = word("audit.field", field);
  if (beforeJson === "" && afterJson === "") return t("audit.changed.named", { field: label });
  const after = told(field, afterJson, nameOf);
  if (beforeJson === "") return t("audit.made", { field: label, after });
  return t("audit.changed", { field: label, before: told(field, beforeJson, nameOf), after });
}

function Target({ name, id }: { name: string | undefined; id: string }) {
  return name === undefined ? <code>{id}</code> : <span dir="auto">{name}</span>;
}

/** The page of the record. */
export function Audit() {
  const kind = useSignal<Kind>("");
  const list = usePaged(`audit ${kind.value}`, async (pageToken) => {
    const page = await get(ListAuditEntriesResponseSchema, "/v1/audit-entries", { pageToken, kind: kind.value });
    return { items: page.entries, next: page.nextPageToken };
  });
  const { value: state } = list.state;
  const teams = useLoaded("audit teams", readTeams);
  const sites = useLoaded("audit sites", readSites);
  const nameOf = (id: string) =>
    people.value.get(id)?.displayName ??
    [...(teams.value ?? []), ...(sites.value ?? [])].find((one) => one.id === id)?.displayName;
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
                  <h3>{word("audit.action", entry.action)}</h3>
                  <p class="soft">
                    <span dir="auto">{who(entry.staffId)}</span> ·{" "}
                    <Target name={nameOf(entry.targetId)} id={entry.targetId} />
                  </p>
                  {entry.changes.map((change) => (
                    <p key={change.field} class="soft">
                      {changed(change, nameOf)}
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
