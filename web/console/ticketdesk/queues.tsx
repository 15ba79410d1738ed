/** Queues, the form's fields and the tags: what a ticket is put into, and what is asked about it. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import {
  type Assignment,
  CreateFieldResponseSchema,
  CreateQueueResponseSchema,
  CreateTicketTagResponseSchema,
  type FieldKind,
  ListFieldsResponseSchema,
  ListQueuesResponseSchema,
  ListTicketTagsResponseSchema,
  type Queue,
  type Field as TicketField,
  type TicketTag,
  UpdateFieldResponseSchema,
  UpdateQueueResponseSchema,
  UpdateTicketTagResponseSchema,
} from "../../shared/gen/support.ts";
import { get, post, staffName } from "../privacy/data.ts";
import { Check, Field, Select } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { agents } from "./data.ts";
import { Kept, type Mould } from "./mould.tsx";
import { t } from "./words.ts";

const ASSIGNMENTS = ["ASSIGNMENT_MANUAL", "ASSIGNMENT_ROUND_ROBIN", "ASSIGNMENT_LEAST_BUSY"] as const;
const KINDS = [
  "FIELD_KIND_TEXT",
  "FIELD_KIND_NUMBER",
  "FIELD_KIND_CHOICE",
  "FIELD_KIND_DATE",
  "FIELD_KIND_YES_NO",
] as const;
type Known<V extends string> = Exclude<V, `${string}UNSPECIFIED`>;

const TURN = { on: t("use"), off: t("unuse") };

/** People, ticked; a filter where there are many. */
function Members({ chosen, choose }: { chosen: readonly string[]; choose: (ids: readonly string[]) => void }) {
  const typed = useSignal("");
  const id = useId();
  const wanted = typed.value.trim().toLowerCase();
  const able = agents(chosen);
  const shown = able.filter(({ displayName }) => displayName.toLowerCase().includes(wanted));
  return (
    <fieldset class="kept-members">
      <legend>{t("queues.members")}</legend>
      <p class="hint">{t("queues.members.hint")}</p>
      {able.length > 8 && (
        <div class="field">
          <label for={id}>{t("queues.members.find")}</label>
          <input
            id={id}
            type="search"
            value={typed.value}
            autocomplete="off"
            onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
          />
        </div>
      )}
      {shown.map(({ id: one, displayName }) => (
        <label key={one} class="switch">
          <input
            type="checkbox"
            checked={chosen.includes(one)}
            onChange={({ currentTarget }) =>
              choose(currentTarget.checked ? [...chosen, one] : chosen.filter((each) => each !== one))
            }
          />
          <span dir="auto">{displayName}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface QueueDraft {
  label: string;
  assignment: Known<Assignment>;
  isPrivate: boolean;
  memberIds: readonly string[];
  isRetired: boolean;
}

const QUEUES: Mould<Queue, QueueDraft> = {
  place: "queues",
  lead: t("queues.lead"),
  add: t("queues.add"),
  none: { title: t("queues.none"), text: t("queues.none.text") },
  read: async () => (await get(ListQueuesResponseSchema, "/v1/queues")).queues,
  name: ({ label }) => label,
  marks: ({ isPrivate, isRetired }) => [
    ...(isPrivate ? ([["careful", t("queues.private")]] as const) : []),
    ...(isRetired ? ([["quiet", t("retired")]] as const) : []),
  ],
  facts: ({ assignment, memberIds }) => [
    t(assignment === "ASSIGNMENT_UNSPECIFIED" ? "ASSIGNMENT_MANUAL" : assignment),
    memberIds.length === 0 ? t("queues.nobody") : memberIds.map(staffName).join(", "),
  ],
  blank: { label: "", assignment: "ASSIGNMENT_MANUAL", isPrivate: false, memberIds: [], isRetired: false },
  draftOf: ({ label, assignment, isPrivate, memberIds, isRetired }) => ({
    label,
    assignment: assignment === "ASSIGNMENT_UNSPECIFIED" ? "ASSIGNMENT_MANUAL" : assignment,
    isPrivate,
    memberIds,
    isRetired,
  }),
  fields: ({ draft, set }) => (
    <>
      <Field label={t("label")} value={draft.label} input={(label) => set({ label })} maxLength={60} required />
      <Select
        label={t("queues.assignment")}
        value={draft.assignment}
        all={ASSIGNMENTS.map((each) => [each, t(each)] as const)}
        choose={(assignment) => set({ assignment })}
      />
      <Check
        label={t("queues.private.ask")}
        hint={t("queues.private.hint")}
        checked={draft.isPrivate}
        set={(isPrivate) => set({ isPrivate })}
      />
      <Members chosen={draft.memberIds} choose={(memberIds) => set({ memberIds })} />
    </>
  ),
  ready: ({ label }) => label.trim() !== "",
  create: async ({ isRetired: _, ...draft }, requestId) =>
    (await post(CreateQueueResponseSchema, "/v1/queues", { ...draft, label: draft.label.trim(), requestId })).queue,
  update: async ({ id, etag }, draft) => {
    const body = { ...draft, label: draft.label.trim(), etag };
    return (await api.call(UpdateQueueResponseSchema, "PATCH", `/v1/queues/${id}`, body)).queue;
  },
  use: { ...TURN, isOn: ({ isRetired }) => !isRetired, turned: (draft, on) => ({ ...draft, isRetired: !on }) },
};

/** The page of queues. */
export function Queues() {
  return <Kept mould={QUEUES} />;
}

interface FieldDraft {
  label: string;
  kind: Known<FieldKind>;
  /** One choice to a line, as it is typed. */
  choices: string;
  isAsked: boolean;
  reason: string;
  isRetired: boolean;
}

function lines(text: string): string[] {
  return [...new Set(text.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
}

const FIELDS: Mould<TicketField, FieldDraft> = {
  place: "fields",
  lead: t("fields.lead"),
  add: t("fields.add"),
  none: { title: t("fields.none"), text: t("fields.none.text") },
  read: async () => (await get(ListFieldsResponseSchema, "/v1/ticket-fields")).fields,
  name: ({ label }) => label,
  marks: ({ isAsked, isRetired }) => [
    isAsked ? ["good", t("fields.asked")] : ["quiet", t("fields.inside")],
    ...(isRetired ? ([["quiet", t("retired")]] as const) : []),
  ],
  facts: ({ kind, choices, reason }) => [
    t(kind === "FIELD_KIND_UNSPECIFIED" ? "FIELD_KIND_TEXT" : kind) +
      (choices.length > 0 ? `: ${choices.join(", ")}` : ""),
    reason,
  ],
  blank: { label: "", kind: "FIELD_KIND_TEXT", choices: "", isAsked: true, reason: "", isRetired: false },
  draftOf: ({ label, kind, choices, isAsked, reason, isRetired }) => ({
    label,
    kind: kind === "FIELD_KIND_UNSPECIFIED" ? "FIELD_KIND_TEXT" : kind,
    choices: choices.join("\n"),
    isAsked,
    reason,
    isRetired,
  }),
  fields: ({ draft, set }, item) => (
    <>
      <Field label={t("label")} value={draft.label} input={(label) => set({ label })} maxLength={60} required />
      {item ? (
        <p class="hint">{t("fields.kind.stays", { kind: t(draft.kind) })}</p>
      ) : (
        <Select
          label={t("fields.kind")}
          value={draft.kind}
          all={KINDS.map((each) => [each, t(each)] as const)}
          choose={(kind) => set({ kind })}
        />
      )}
      {draft.kind === "FIELD_KIND_CHOICE" && (
        <Field
          label={t("fields.choices")}
          hint={t("fields.choices.hint")}
          value={draft.choices}
          input={(choices) => set({ choices })}
          lines={4}
          maxLength={3100}
        />
      )}
      <Field
        label={t("fields.reason")}
        hint={t("fields.reason.hint")}
        value={draft.reason}
        input={(reason) => set({ reason })}
        maxLength={200}
        required
      />
      <Check
        label={t("fields.ask")}
        hint={t("fields.ask.hint")}
        checked={draft.isAsked}
        set={(isAsked) => set({ isAsked })}
      />
    </>
  ),
  ready: ({ label, reason, kind, choices }) =>
    label.trim() !== "" && reason.trim() !== "" && (kind !== "FIELD_KIND_CHOICE" || fitting(lines(choices))),
  create: async ({ isRetired: _, ...draft }, requestId) =>
    (await post(CreateFieldResponseSchema, "/v1/ticket-fields", { ...sent(draft), requestId })).field,
  update: async ({ id, etag }, { kind: _, ...draft }) =>
    (await api.call(UpdateFieldResponseSchema, "PATCH", `/v1/ticket-fields/${id}`, { ...sent(draft), etag })).field,
  use: { ...TURN, isOn: ({ isRetired }) => !isRetired, turned: (draft, on) => ({ ...draft, isRetired: !on }) },
};

function fitting(choices: readonly string[]): boolean {
  return choices.length > 0 && choices.length <= 50 && choices.every(({ length }) => length <= 60);
}

function sent<D extends { label: string; reason: string; choices: string }>(draft: D) {
  return { ...draft, label: draft.label.trim(), reason: draft.reason.trim(), choices: lines(draft.choices) };
}

/** The page of the form's fields. */
export function Fields() {
  return <Kept mould={FIELDS} />;
}

interface TagDraft {
  word: string;
  isRetired: boolean;
}

const TAGS: Mould<TicketTag, TagDraft> = {
  place: "tags",
  lead: t("tags.lead"),
  add: t("tags.add"),
  none: { title: t("tags.none"), text: t("tags.none.text") },
  read: async () => (await get(ListTicketTagsResponseSchema, "/v1/ticket-tags")).tags,
  name: ({ word }) => word,
  marks: ({ isRetired }) => (isRetired ? [["quiet", t("retired")]] : []),
  facts: () => [],
  blank: { word: "", isRetired: false },
  draftOf: ({ word, isRetired }) => ({ word, isRetired }),
  fields: ({ draft, set }) => (
    <Field label={t("tags.word")} value={draft.word} input={(word) => set({ word })} maxLength={40} required />
  ),
  ready: ({ word }) => word.trim() !== "",
  create: async ({ word }, requestId) =>
    (await post(CreateTicketTagResponseSchema, "/v1/ticket-tags", { word: word.trim(), requestId })).tag,
  update: async ({ id }, { word, isRetired }) => {
    const body = { word: word.trim(), isRetired };
    return (await api.call(UpdateTicketTagResponseSchema, "PATCH", `/v1/ticket-tags/${id}`, body)).tag;
  },
  use: { ...TURN, isOn: ({ isRetired }) => !isRetired, turned: (draft, on) => ({ ...draft, isRetired: !on }) },
};

/** The page of tags. */
export function Tags() {
  return <Kept mould={TAGS} />;
}
