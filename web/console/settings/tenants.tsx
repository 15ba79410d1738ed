/** For the platform's own staff: a new organisation, whose first administrator is invited by mail. */
import { useSignal } from "@preact/signals";
import { CreateTenantResponseSchema } from "../../shared/gen/settings.ts";
import { newRequestId, post } from "../privacy/data.ts";
import { Field, Part } from "../privacy/parts.tsx";
import { Form, Heading, MailLanguage, ownLanguage } from "./parts.tsx";
import { t } from "./words.ts";

const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

/** Returns a short name made of a name, as a proposal: its letters and digits, with dashes between the words. */
export function slugOf(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
}

/** The page of the organisations. */
export function Tenants() {
  const name = useSignal("");
  /** The short name once somebody typed one; until then it follows the name. */
  const typed = useSignal<string | undefined>(undefined);
  const email = useSignal("");
  const person = useSignal("");
  const language = useSignal(ownLanguage());
  const requestId = useSignal(newRequestId());
  const made = useSignal<{ name: string; slug: string; email: string } | undefined>(undefined);
  const slug = typed.value ?? slugOf(name.value);
  const good = SLUG.test(slug);
  const ready = name.value.trim() !== "" && good && person.value.trim() !== "" && EMAIL.test(email.value.trim());
  return (
    <>
      <Heading title={t("tenants")} lead={t("tenants.lead")} />
      <div class="page">
        <div role="status">{made.value && <p class="note good">{t("tenants.made", made.value)}</p>}</div>
        <Part title={t("tenants.add")}>
          <p class="soft">{t("tenants.text")}</p>
          <Form
            label={t("tenants.add")}
            yes={t("tenants.yes")}
            ready={ready}
            deed={async () => {
              const body = {
                slug,
                displayName: name.value.trim(),
                adminEmail: email.value.trim(),
                adminDisplayName: person.value.trim(),
                language: language.value,
                requestId: requestId.value,
              };
              await post(CreateTenantResponseSchema, "/v1/tenants", body);
              made.value = { name: body.displayName, slug, email: body.adminEmail };
              for (const field of [name, email, person]) field.value = "";
              typed.value = undefined;
              requestId.value = newRequestId();
            }}
          >
            <Field
              label={t("tenants.name")}
              value={name.value}
              input={(text) => (name.value = text)}
              maxLength={200}
              required
            />
            <Field
              label={t("organisation.slug")}
              hint={slug === "" || good ? t("tenants.slug.hint") : t("tenants.slug.bad")}
              value={slug}
              input={(text) => (typed.value = text.trim().toLowerCase())}
              maxLength={63}
              required
            />
            <Field
              label={t("tenants.person")}
              value={person.value}
              input={(text) => (person.value = text)}
              maxLength={200}
              required
            />
            <Field
              label={t("tenants.email")}
              type="email"
              value={email.value}
              input={(text) => (email.value = text)}
              maxLength={254}
              required
            />
            <MailLanguage value={language.value} choose={(one) => (language.value = one)} />
          </Form>
        </Part>
      </div>
    </>
  );
}
