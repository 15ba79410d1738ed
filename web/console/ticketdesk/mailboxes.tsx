/** Mailboxes: the addresses at which requests are taken by mail, and the queue into which each puts them. */
import { CreateMailboxResponseSchema, ListMailboxesResponseSchema, type Mailbox } from "../../shared/gen/support.ts";
import { get, post } from "../privacy/data.ts";
import { copy, Field, Select } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { queues } from "../tickets/data.ts";
import { queueName } from "./data.ts";
import { Kept, type Mould } from "./mould.tsx";
import { SenderDomains } from "./senders.tsx";
import { t } from "./words.ts";

/** A mailbox; the one that is always there has no id. */
const FIRST = "first";

interface MailboxDraft {
  localPart: string;
  queueId: string;
}

const MAILBOXES: Mould<Mailbox, MailboxDraft> = {
  place: "mailboxes",
  lead: t("mailboxes.lead"),
  add: t("mailboxes.add"),
  none: { title: t("mailboxes.none"), text: t("mailboxes.none.text") },
  read: async () =>
    (await get(ListMailboxesResponseSchema, "/v1/mailboxes")).mailboxes.map((each) => ({
      ...each,
      id: each.id || FIRST,
    })),
  name: ({ mailAddress }) => mailAddress,
  marks: ({ id }) => (id === FIRST ? [["quiet", t("mailboxes.always")]] : []),
  facts: ({ queueId }) => [t("mailboxes.into", { queue: queueId === "" ? t("mailboxes.first") : queueName(queueId) })],
  blank: { localPart: "", queueId: "" },
  draftOf: ({ localPart, queueId }) => ({ localPart, queueId }),
  fields: ({ draft, set }) => (
    <>
      <Field
        label={t("mailboxes.name")}
        hint={t("mailboxes.name.hint")}
        value={draft.localPart}
        input={(typed) => set({ localPart: typed.trim().toLowerCase() })}
        maxLength={63}
        required
      />
      <Select
        label={t("mailboxes.queue")}
        value={draft.queueId}
        all={[
          ["", t("mailboxes.first")],
          ...queues.value.filter(({ isRetired }) => !isRetired).map(({ id, label }) => [id, label] as const),
        ]}
        choose={(queueId) => set({ queueId })}
      />
    </>
  ),
  ready: ({ localPart }) => /^[a-z0-9][a-z0-9.-]{0,62}$/.test(localPart),
  create: async (draft, requestId) =>
    (await post(CreateMailboxResponseSchema, "/v1/mailboxes", { ...draft, requestId })).mailbox,
  remove: ({ id }) => api.json("DELETE", `/v1/mailboxes/${id}`),
  asks: () => t("mailboxes.ask"),
  fixed: ({ id }) => id === FIRST,
  beside: ({ mailAddress }) => (
    <button
      type="button"
      class="button"
      aria-label={t("mailboxes.copy.of", { name: mailAddress })}
      onClick={() => copy(mailAddress)}
    >
      {t("mailboxes.copy")}
    </button>
  ),
};

/** The page of mailboxes. */
export function Mailboxes() {
  return (
    <>
      <Kept mould={MAILBOXES} />
      <SenderDomains />
    </>
  );
}
