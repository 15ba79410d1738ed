/** The ledger: who saw or was given what about whom, why, and whether it is still what was written. */
import { useSignal } from "@preact/signals";
import type { LedgerEntry, LedgerEntryKind, VerifyLedgerResponse } from "../../shared/gen/privacy.ts";
import {
  LedgerEntryKindNames,
  ListLedgerResponseSchema,
  VerifyLedgerResponseSchema,
} from "../../shared/gen/privacy.ts";
import { Icon } from "../../shared/icons.tsx";
import { exact } from "../../shared/time.tsx";
import { tOr } from "../../shared/words.ts";
import { List } from "../list.tsx";
import { href } from "../route.ts";
import { get, staffName, trouble, useLoaded, usePaged } from "./data.ts";
import { hold } from "./holds.tsx";
import { Detail, Facts, Field, Heading, Id, Nothing, Select, Split, When } from "./parts.tsx";
import { openId } from "./places.ts";
import { t, word } from "./words.ts";

/** Returns who did what an entry says. */
export function doer({ staffName: name, staffId, role }: LedgerEntry): string {
  if (role === "you") return t("ledger.person");
  const who = name || (staffId === "" ? "" : staffName(staffId));
  if (who === "") return role === "" ? t("ledger.platform") : word("role", role);
  return role === "" ? who : t("ledger.who", { name: who, role: word("role", role) });
}

function why({ purpose }: LedgerEntry): string {
  return tOr(`reader.purpose.${purpose}`, "reader.purpose.other");
}

function Row({ entry }: { entry: LedgerEntry }) {
  return (
    <>
      <span class="row-top">
        <strong>{doer(entry)}</strong>
        <span class="when">
          <When at={entry.time} />
        </span>
      </span>
      <span class="row-bottom">
        <span>{word("ledger.kind", entry.kind)}</span>
        <span class="faint">{why(entry)}</span>
      </span>
    </>
  );
}

/** A line of the list: entries are known by their number. */
type Line = LedgerEntry & { id: string };

const WANTED_ID = /^[a-z]{3}_[0-9a-v]{26}$/;

/** The page of the ledger. */
export function Ledger() {
  const kind = useSignal<LedgerEntryKind>("KIND_UNSPECIFIED");
  const about = useSignal("");
  const sought = useSignal("");
  const head = useSignal(0);
  const whole = WANTED_ID.test(sought.value) ? sought.value : "";
  const isPerson = /^(vis|stf|mem|rqr|rsp)_/.test(whole);
  const list = usePaged(`${kind.value} ${whole}`, async (pageToken) => {
    const page = await get(ListLedgerResponseSchema, "/v1/ledger", {
      kind: kind.value === "KIND_UNSPECIFIED" ? "" : kind.value,
      recordId: isPerson ? "" : whole,
      subjectId: isPerson ? whole : "",
      pageToken,
    });
    head.value = page.head?.sequence ?? 0;
    return {
      items: page.entries.map((entry): Line => ({ ...entry, id: String(entry.sequence) })),
      next: page.nextPageToken,
    };
  });
  const open = list.items.value.find(({ id }) => id === openId.value);
  const filtered = kind.value !== "KIND_UNSPECIFIED" || whole !== "";
  return (
    <>
      <Heading title={t("ledger")} lead={t("ledger.lead")}>
        <a class="button" href={href("privacy", "ledger", "verify")}>
          <Icon name="check" size={18} />
          {t("ledger.verify")}
        </a>
      </Heading>
      <Split
        list={
          <>
            <form
              class="filters"
              onSubmit={(event) => {
                event.preventDefault();
                sought.value = about.value.trim();
              }}
            >
              <Select
                label={t("ledger.kind")}
                value={kind.value}
                all={LedgerEntryKindNames.map((one) => [one, word("ledger.kind", one)])}
                choose={(one) => (kind.value = one)}
              />
              <Field
                label={t("ledger.about")}
                hint={t(
                  about.value.trim() === "" || WANTED_ID.test(about.value.trim())
                    ? "ledger.about.hint"
                    : "ledger.about.wrong",
                )}
                value={about.value}
                input={(text) => {
                  about.value = text;
                  if (text.trim() === "" || WANTED_ID.test(text.trim())) sought.value = text.trim();
                }}
                maxLength={40}
              />
            </form>
            <div class="rows">
              <List
                key={`${kind.value} ${whole}`}
                label={t("ledger")}
                items={list.items.value}
                state={list.state.value}
                more={list.next.value !== ""}
                itemKey={({ id }) => id}
                href={({ id }) => href("privacy", "ledger", id)}
                current={openId.value}
                row={(entry) => <Row entry={entry} />}
                empty={{ title: t(filtered ? "ledger.empty.filtered" : "ledger.empty"), text: t("ledger.empty.text") }}
                load={list.load}
                loadMore={list.loadMore}
              />
            </div>
          </>
        }
      >
        {openId.value === "verify" ? (
          <Verify />
        ) : open ? (
          <Entry key={open.id} entry={open} />
        ) : (
          <Nothing title={t("ledger.pick")} text={t("ledger.pick.text", { count: head.value })} />
        )}
      </Split>
    </>
  );
}

function Entry({ entry }: { entry: Line }) {
  const conversation = entry.recordId.startsWith("cnv_");
  return (
    <Detail
      place="ledger"
      title={t("ledger.entry", { number: entry.sequence })}
      actions={
        conversation && (
          <a
            class="button"
            href={href("privacy", "holds", "new")}
            onClick={() => hold({ subjectKind: "SUBJECT_KIND_VISITOR", subjectId: "", recordId: entry.recordId })}
          >
            {t("holds.add")}
          </a>
        )
      }
    >
      <Facts
        facts={[
          [t("ledger.what"), word("ledger.kind", entry.kind)],
          [t("ledger.by"), doer(entry)],
          [t("ledger.why"), why(entry)],
          [t("ledger.when"), exact(entry.time)],
          entry.recordId !== "" && [t("record.id"), <Id key="record" id={entry.recordId} what={t("record.id")} />],
          entry.recipient !== "" && [t("ledger.to"), entry.recipient],
          entry.pseudonym !== "" && [
            t("ledger.pseudonym"),
            <Id key="pseudonym" id={entry.pseudonym} what={t("ledger.pseudonym")} />,
          ],
        ]}
      />
      <p class="soft">{t("ledger.pseudonym.text")}</p>
      <Facts
        facts={[
          [t("ledger.hash.before"), <Id key="before" id={entry.previousHash} what={t("ledger.hash.before")} />],
          [t("ledger.hash"), <Id key="hash" id={entry.entryHash} what={t("ledger.hash")} />],
        ]}
      />
    </Detail>
  );
}

function Verify() {
  const sequence = useSignal("");
  const hash = useSignal("");
  const wrong = useSignal("");
  const checked = useLoaded<VerifyLedgerResponse>("verify", () => get(VerifyLedgerResponseSchema, "/v1/ledger:verify"));
  const compare = async (event: Event) => {
    event.preventDefault();
    wrong.value = "";
    try {
      const query = { sequence: Number(sequence.value) || 0, entryHash: hash.value.trim().toLowerCase() };
      checked.put(await get(VerifyLedgerResponseSchema, "/v1/ledger:verify", query));
    } catch (error) {
      wrong.value = trouble(error);
    }
  };
  const found = checked.value;
  return (
    <Detail place="ledger" title={t("verify")}>
      {!found ? (
        checked.state === "loading" ? (
          <p class="progress" role="status">
            <span class="spinner" /> {t("verify.running")}
          </p>
        ) : (
          <div class="note bad" role="alert">
            <p>{t("verify.failed")}</p>
            <button type="button" class="link" onClick={checked.load}>
              {t("again")}
            </button>
          </div>
        )
      ) : (
        <>
          <div class={`note ${found.whole ? "good" : "bad"}`} role="status">
            <p>
              <strong>{t(found.whole ? "verify.whole" : "verify.broken")}</strong>
            </p>
            <p>
              {found.whole
                ? t("verify.whole.text", { checked: found.checked, heads: found.headsCompared })
                : word("verify.finding", found.finding, { sequence: found.sequence })}
            </p>
          </div>
          {found.head && (
            <Facts
              facts={[
                [t("verify.last"), String(found.head.sequence)],
                [t("verify.signed"), exact(found.head.signTime)],
                [t("ledger.hash"), <Id key="hash" id={found.head.entryHash} what={t("ledger.hash")} />],
                [t("verify.key"), <Id key="key" id={found.head.publicKey} what={t("verify.key")} />],
              ]}
            />
          )}
          <form class="filters plain" onSubmit={compare} aria-label={t("verify.compare")}>
            <h3>{t("verify.compare")}</h3>
            <p class="soft">{t("verify.compare.text")}</p>
            <Field
              label={t("verify.number")}
              type="number"
              min={1}
              value={sequence.value}
              input={(text) => (sequence.value = text)}
              required
            />
            <Field
              label={t("ledger.hash")}
              value={hash.value}
              input={(text) => (hash.value = text)}
              pattern="[0-9a-fA-F]{64}"
              maxLength={64}
              required
            />
            <div role="alert">{wrong.value !== "" && <p class="note bad">{wrong.value}</p>}</div>
            <button type="submit" class="button">
              {t("verify.compare.yes")}
            </button>
          </form>
        </>
      )}
    </Detail>
  );
}
