/** Macros: several changes under one name, with one undo. */
import {
  CreateMacroResponseSchema,
  ListMacrosResponseSchema,
  type Macro,
  type MacroStep,
  UpdateMacroResponseSchema,
} from "../../shared/gen/support.ts";
import { get, post } from "../privacy/data.ts";
import { Field } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { isWhole, Steps, sentSteps, stepWords } from "./lines.tsx";
import { Kept, type Mould } from "./mould.tsx";
import { t } from "./words.ts";

interface MacroDraft {
  label: string;
  steps: readonly MacroStep[];
  isFix: boolean;
}

const MACROS: Mould<Macro, MacroDraft> = {
  place: "macros",
  lead: t("macros.lead"),
  add: t("macros.add"),
  none: { title: t("macros.none"), text: t("macros.none.text") },
  read: async () => (await get(ListMacrosResponseSchema, "/v1/macros")).macros,
  name: ({ label }) => label,
  marks: ({ isFix }) => (isFix ? [["good", t("macros.fix")]] : []),
  facts: ({ steps }) => steps.map(stepWords),
  blank: { label: "", steps: [{ kind: "CHANGE_KIND_ANSWER", value: "", words: "" }], isFix: false },
  draftOf: ({ label, steps, isFix }) => ({ label, steps, isFix }),
  fields: ({ draft, set }) => (
    <>
      <Field label={t("label")} value={draft.label} input={(label) => set({ label })} maxLength={80} required />
      <p class="hint">{t("macros.hint")}</p>
      <Steps steps={draft.steps} set={(steps) => set({ steps })} />
    </>
  ),
  ready: ({ label, steps }) => label.trim() !== "" && steps.length > 0 && steps.every(isWhole),
  create: async ({ label, steps, isFix }, requestId) => {
    const body = { label: label.trim(), steps: sentSteps(steps), isFix, requestId };
    return (await post(CreateMacroResponseSchema, "/v1/macros", body)).macro;
  },
  update: async ({ id, etag }, { label, steps }) => {
    const body = { label: label.trim(), steps: sentSteps(steps), etag };
    return (await api.call(UpdateMacroResponseSchema, "PATCH", `/v1/macros/${id}`, body)).macro;
  },
  remove: ({ id }) => api.json("DELETE", `/v1/macros/${id}`),
};

/** The page of macros. */
export function Macros() {
  return <Kept mould={MACROS} />;
}
