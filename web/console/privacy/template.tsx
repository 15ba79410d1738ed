/** Beginning a text from a template: sentences that the software keeps, with gaps for what only the organisation knows. */
import { useSignal } from "@preact/signals";
import { FillTemplateResponseSchema, ListTemplatesResponseSchema } from "../../shared/gen/privacy.ts";
import { me } from "../session.ts";
import { get, post, useLoaded } from "./data.ts";
import { Ask, Field, Select } from "./parts.tsx";
import { t } from "./words.ts";

/** Asks which template, and what stands in its gaps. */
export function FromTemplate(props: {
  kind: "notice" | "policy";
  close: () => void;
  take: (text: string, language: string) => void;
}) {
  const chosen = useSignal("");
  const filled = useSignal<Record<string, string>>({ company: me.peek()?.tenant?.displayName ?? "" });
  const loaded = useLoaded("templates", async () => {
    const { templates } = await get(ListTemplatesResponseSchema, "/v1/privacy-templates");
    return templates.filter(({ kind }) => kind === (props.kind === "notice" ? "KIND_NOTICE" : "KIND_POLICY"));
  });
  const template = loaded.value?.find((one) => one.template === chosen.value) ?? loaded.value?.[0];
  const gaps = template?.gaps ?? [];
  const ready = gaps.every(({ gap, required }) => !required || (filled.value[gap] ?? "").trim() !== "");
  const deed = async () => {
    if (!template) return;
    const fillings = gaps
      .map(({ gap }) => ({ gap, value: (filled.value[gap] ?? "").trim() }))
      .filter(({ value }) => value !== "");
    const path = `/v1/privacy-templates/${encodeURIComponent(template.template)}:fill`;
    const { text, language } = await post(FillTemplateResponseSchema, path, { fillings });
    props.take(text, language);
  };
  return (
    <Ask
      title={t("template.title")}
      text={t("template.text")}
      yes={t("template.yes")}
      close={props.close}
      deed={deed}
      ready={template !== undefined && ready}
    >
      {loaded.state === "failed" && (
        <p class="note bad" role="alert">
          {t("template.failed")}{" "}
          <button type="button" class="link" onClick={loaded.load}>
            {t("again")}
          </button>
        </p>
      )}
      {loaded.state === "loading" && (
        <p role="status">
          <span class="spinner" />
          <span class="unseen">{t("reading")}</span>
        </p>
      )}
      {template && (loaded.value?.length ?? 0) > 1 && (
        <Select
          label={t("template.which")}
          value={template.template}
          all={(loaded.value ?? []).map((one) => [one.template, one.title])}
          choose={(one) => (chosen.value = one)}
        />
      )}
      {gaps.map(({ gap, label, hint, required }) => (
        <Field
          key={gap}
          label={required ? label : t("optional", { label })}
          hint={hint}
          value={filled.value[gap] ?? ""}
          input={(text) => {
            filled.value = { ...filled.value, [gap]: text };
          }}
          maxLength={300}
          required={required}
        />
      ))}
    </Ask>
  );
}
