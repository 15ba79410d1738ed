/** Writing down what somebody asked by another way, such as by letter, on the person's behalf. */
import { useSignal } from "@preact/signals";
import { Dialog } from "../../shared/dialog.tsx";
import type { ProofKind, SubjectKind, SubjectRequestKind } from "../../shared/gen/privacy.ts";
import { CreateRequestResponseSchema } from "../../shared/gen/privacy.ts";
import { t as shared } from "../../shared/words.ts";
import { go } from "../route.ts";
import { newRequestId, personOf, post, useLoaded } from "./data.ts";
import { correctable } from "./datamap.ts";
import { Ask, Field, Id, Select } from "./parts.tsx";
import { t, word } from "./words.ts";

const KINDS = ["KIND_ACCESS", "KIND_CORRECT", "KIND_ERASE", "KIND_RESTRICT", "KIND_OBJECT"] as const;

const PROOFS = [
  "PROOF_KIND_RECEIPT_CODE",
  "PROOF_KIND_KNOWN_ADDRESS",
  "PROOF_KIND_CUSTOMER_ACCOUNT",
  "PROOF_KIND_PAPERS",
  "PROOF_KIND_REPRESENTATIVE",
] as const satisfies readonly ProofKind[];

/** What people are to the platform, as far as there are such people so far. */
export const PEOPLE = ["SUBJECT_KIND_VISITOR", "SUBJECT_KIND_STAFF"] as const satisfies readonly SubjectKind[];

/** Asks what was asked, by whom, and how the officer knows. */
export function NewRequest({ close, added }: { close: () => void; added: () => void }) {
  const kind = useSignal<SubjectRequestKind>("KIND_ACCESS");
  const person = useSignal<SubjectKind>("SUBJECT_KIND_VISITOR");
  const subjectId = useSignal("");
  const details = useSignal("");
  const proof = useSignal("");
  const proofKind = useSignal<ProofKind>(PROOFS[0]);
  const field = useSignal("");
  const value = useSignal("");
  const requestId = useSignal(newRequestId());
  const code = useSignal("");
  const fields = useLoaded("fields", correctable);
  if (code.value !== "") {
    return (
      <Dialog title={t("request.code.title")} close={close} reading>
        <p>{t("request.code.text")}</p>
        <p class="code">
          <Id id={code.value} what={t("request.code")} />
        </p>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {shared("dialog.close")}
          </button>
        </div>
      </Dialog>
    );
  }
  const corrects = kind.value === "KIND_CORRECT";
  const deed = async () => {
    const { request, trackingCode } = await post(CreateRequestResponseSchema, "/v1/privacy-requests", {
      kind: kind.value,
      subjectKind: person.value,
      subjectId: await personOf(subjectId.value.trim()),
      corrections: corrects && field.value !== "" ? [{ field: field.value, value: value.value }] : [],
      details: details.value.trim(),
      proof: proof.value.trim(),
      proofKind: proofKind.value,
      requestId: requestId.value,
    });
    added();
    if (request) go("privacy", "requests", request.id);
    code.value = trackingCode;
  };
  return (
    <Ask
      title={t("request.new.title")}
      text={word("request.new.text", kind.value)}
      yes={t("request.new.yes")}
      close={() => {
        // The dialog shows the code next, where there is one.
        if (code.peek() === "") close();
      }}
      deed={deed}
      ready={subjectId.value.trim() !== "" && proof.value.trim() !== ""}
    >
      <Select
        label={t("request.new.kind")}
        value={kind.value}
        all={KINDS.map((one) => [one, word("request.kind", one)])}
        choose={(one) => (kind.value = one)}
      />
      <Select
        label={t("person.kind")}
        value={person.value}
        all={PEOPLE.map((one) => [one, word("person", one)])}
        choose={(one) => (person.value = one)}
      />
      <Field
        label={t("person.id")}
        hint={t("person.id.or")}
        value={subjectId.value}
        input={(text) => (subjectId.value = text)}
        maxLength={40}
        required
      />
      {corrects && (
        <>
          <Select
            label={t("request.new.field")}
            hint={t("request.new.field.hint")}
            value={field.value}
            all={[
              ["", t("request.new.field.none")],
              ...(fields.value ?? []).map((one) => [one.field, one.title] as const),
            ]}
            choose={(one) => (field.value = one)}
          />
          {field.value !== "" && (
            <Field
              label={t("request.value")}
              value={value.value}
              input={(text) => (value.value = text)}
              maxLength={4000}
            />
          )}
        </>
      )}
      <Field
        label={t("request.new.details")}
        value={details.value}
        input={(text) => (details.value = text)}
        lines={3}
        maxLength={4000}
      />
      <Select
        label={t("request.proof.kind")}
        value={proofKind.value}
        all={PROOFS.map((one) => [one, word("proof", one)])}
        choose={(one) => (proofKind.value = one)}
      />
      <Field
        label={t("request.proof")}
        hint={t("request.proof.hint")}
        value={proof.value}
        input={(text) => (proof.value = text)}
        maxLength={500}
        required
      />
    </Ask>
  );
}
