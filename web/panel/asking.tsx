/** Asks for help by e-mail where nobody is there to chat: the form of a ticket, and what became of it. */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, reasonOf } from "../shared/api.ts";
import { sizeText } from "../shared/chat/files.tsx";
import { Icon } from "../shared/icons.tsx";
import { language } from "../shared/text.ts";
import "./asking.css";
import { t, tOr } from "./asking.words.ts";
import { api } from "./session.ts";

interface Own {
  id: string;
  label: string;
  kind: string;
  choices?: string[];
  reason: string;
}
interface Form {
  fields?: Own[];
  keptDays?: number;
  /** How many bytes a file may have; nothing where none is taken. */
  mostFileBytes?: number | string;
}

/** A file that goes with the request: the same key for every try, and its id once it has arrived. */
interface Taken {
  key: string;
  file: File;
  id: string;
}
const MOST_FILES = 10;
/** What goes with it; it stays like what is typed. */
const taken = signal<readonly Taken[]>([]);

/** Sends a file that has not arrived yet, and returns its id. */
async function carry(one: Taken): Promise<string> {
  if (one.id !== "") return one.id;
  const { accessToken } = await api.token();
  const response = await fetch("/v1/support/files", {
    method: "POST",
    headers: {
      authorization: `Bearer ${accessToken}`,
      "content-type": one.file.type || "application/octet-stream",
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(one.file.name).replaceAll("'", "%27")}`,
      "idempotency-key": one.key,
    },
    body: one.file,
  });
  const answer = (await response.json()) as { fileId?: string; reason?: string };
  if (!response.ok || !answer.fileId) throw new ApiError(response.status, answer.reason ?? "HTTP");
  const id = answer.fileId;
  taken.value = taken.peek().map((each) => (each.key === one.key ? { ...each, id } : each));
  return id;
}

/** What is typed, by the names of the fields; it lives as long as the page, and stays where somebody goes back. */
const typed = signal<Readonly<Record<string, string>>>({});
const sent = signal<{ reference: string; keptDays: number } | undefined>(undefined);
/** The same for every try to send the same words, so that they arrive once. */
let request = { id: "", body: "" };

/** Returns the site around the panel, which is most often the one that it is about. */
function around(): string {
  for (const place of [document.referrer, location.ancestorOrigins?.[0] ?? ""]) {
    const url = URL.canParse(place) ? new URL(place) : undefined;
    if (url && /^https?:$/.test(url.protocol) && url.origin !== location.origin) return `${url.origin}/`;
  }
  return "";
}

const ALWAYS = ["email", "site_url", "description", "display_name"] as const;
type Name = (typeof ALWAYS)[number];

/** Returns which fields are at fault, by name; those that the browser can see itself are found before anything is sent. */
function missing(form: HTMLFormElement): Name[] {
  const at = (name: Name) => form.elements.namedItem(name) as HTMLInputElement;
  return ALWAYS.filter((name) => !at(name).validity.valid || (name !== "display_name" && at(name).value.trim() === ""));
}

/** The form; `close` goes back to the first page. */
export function Asking({ close }: { close: () => void }) {
  const form = useSignal<Form | undefined>(undefined);
  const unread = useSignal(false);
  const busy = useSignal(false);
  const trouble = useSignal("");
  const wrong = useSignal<readonly string[]>([]);
  const title = useRef<HTMLHeadingElement>(null);
  const load = () => {
    unread.value = false;
    api.json("GET", "/v1/support/form").then(
      (answer) => (form.value = answer as Form),
      () => (unread.value = true),
    );
  };
  useEffect(() => {
    if (typed.peek().site_url === undefined) typed.value = { ...typed.peek(), site_url: around() };
    load();
  }, []);
  useEffect(() => title.current?.focus(), [sent.value, form.value]);
  const own = form.value?.fields ?? [];
  const put = (name: string) => (event: { currentTarget: { value: string } }) => {
    typed.value = { ...typed.peek(), [name]: event.currentTarget.value };
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy.value) return;
    const element = event.currentTarget as HTMLFormElement;
    trouble.value = "";
    wrong.value = missing(element);
    if (wrong.value.length > 0) {
      (element.elements.namedItem(wrong.value[0] as string) as HTMLElement | null)?.focus();
      return;
    }
    const given = typed.peek();
    busy.value = true;
    const fileIds: string[] = [];
    try {
      for (const one of taken.peek()) fileIds.push(await carry(one));
    } catch (error) {
      trouble.value = t(reasonOf(error).endsWith("_LIMITED") ? "ask.limited" : "ask.files.failed");
      busy.value = false;
      return;
    }
    const values = own.map(({ id }) => ({ fieldId: id, value: (given[id] ?? "").trim() }));
    const body = {
      email: given.email?.trim(),
      siteUrl: given.site_url?.trim(),
      description: given.description,
      displayName: given.display_name?.trim() ?? "",
      fieldValues: values.filter(({ value }) => value !== ""),
      fileIds,
      language: language.value,
    };
    const written = JSON.stringify(body);
    if (request.body !== written) request = { id: crypto.randomUUID(), body: written };
    try {
      const answer = await api.json("POST", "/v1/support/requests", { ...body, requestId: request.id });
      const { reference = "", keptDays = 0 } = answer as { reference?: string; keptDays?: number };
      typed.value = {};
      taken.value = [];
      sent.value = { reference, keptDays };
    } catch (error) {
      const fields = error instanceof ApiError ? error.fields.map(({ field }) => field.split(".").at(-1) ?? "") : [];
      if (fields.length > 0) wrong.value = [...new Set(fields)];
      else trouble.value = t(reasonOf(error).endsWith("_LIMITED") ? "ask.limited" : "ask.failed");
    } finally {
      busy.value = false;
    }
  };
  if (sent.value) {
    const { reference, keptDays } = sent.value;
    return (
      <div class="page asking">
        <div role="status">
          <h2 ref={title} tabIndex={-1}>
            {t("ask.sent", { reference })}
          </h2>
          <p>{t("ask.sent.text")}</p>
          {keptDays > 0 && <p class="hint">{t("ask.sent.kept", { days: keptDays })}</p>}
        </div>
        <button
          type="button"
          class="button"
          onClick={() => {
            sent.value = undefined;
            close();
          }}
        >
          {t("ask.sent.back")}
        </button>
      </div>
    );
  }
  if (!form.value) {
    return (
      <div class="page middle asking" role={unread.value ? "alert" : "status"}>
        {unread.value ? (
          <>
            <p>{t("ask.unread")}</p>
            <button type="button" class="button" onClick={load}>
              {t("ask.again")}
            </button>
            <button type="button" class="link" onClick={close}>
              {t("ask.back")}
            </button>
          </>
        ) : (
          <>
            <span class="spinner" />
            <span class="unseen">{t("ask.loading")}</span>
          </>
        )}
      </div>
    );
  }
  const common = (name: string, isHinted: boolean) => ({
    id: `ask-${name}`,
    name,
    value: typed.value[name] ?? "",
    onInput: put(name),
    "aria-invalid": wrong.value.includes(name) ? ("true" as const) : undefined,
    "aria-describedby":
      [wrong.value.includes(name) ? `ask-${name}-wrong` : "", isHinted ? `ask-${name}-hint` : ""].join(" ").trim() ||
      undefined,
  });
  const fault = (name: Name) =>
    wrong.value.includes(name) && (
      <p id={`ask-${name}-wrong`} class="note bad">
        {t(`ask.wrong.${name}`)}
      </p>
    );
  const hint = (name: string, words: string) => (
    <p id={`ask-${name}-hint`} class="hint" dir="auto">
      {words}
    </p>
  );
  return (
    <form class="page asking" onSubmit={submit} noValidate>
      <h2 ref={title} tabIndex={-1}>
        {t("ask.title")}
      </h2>
      <p>{t("ask.lead")}</p>
      <div role="alert">
        {trouble.value !== "" && <p class="note bad">{trouble.value}</p>}
        {wrong.value.length > 0 && (
          <div class="note bad">
            <p>{t("ask.trouble")}</p>
            <ul>
              {wrong.value.map((name) => (
                <li key={name}>{tOr(`ask.${name}`, "ask.wrong.value")}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
      <div class="field">
        <label for="ask-email">{t("ask.email")}</label>
        {fault("email")}
        <input {...common("email", false)} type="email" required maxLength={254} autocomplete="email" dir="ltr" />
      </div>
      <div class="field">
        <label for="ask-site_url">{t("ask.site_url")}</label>
        {fault("site_url")}
        <input
          {...common("site_url", true)}
          type="url"
          required
          maxLength={2000}
          pattern="https?://[^\s@]+"
          autocomplete="url"
          dir="ltr"
        />
        {hint("site_url", t("ask.site_url.hint"))}
      </div>
      <div class="field">
        <label for="ask-description">{t("ask.description")}</label>
        {fault("description")}
        <textarea {...common("description", true)} rows={5} required maxLength={20000} dir="auto" />
        {hint("description", t("ask.description.hint"))}
      </div>
      <div class="field">
        <label for="ask-display_name">
          {t("ask.display_name")} <span class="faint">({t("ask.optional")})</span>
        </label>
        <input {...common("display_name", false)} maxLength={200} autocomplete="name" dir="auto" />
      </div>
      {own.map((field) => (
        <div key={field.id} class="field">
          <label for={`ask-${field.id}`}>
            <span dir="auto">{field.label}</span> <span class="faint">({t("ask.optional")})</span>
          </label>
          <Answer field={field} common={common(field.id, true)} />
          {hint(field.id, field.reason)}
        </div>
      ))}
      {Number(form.value.mostFileBytes ?? 0) > 0 && <Files most={Number(form.value.mostFileBytes)} />}
      <p class="hint">{t("ask.kept", { days: form.value.keptDays ?? 0 })}</p>
      <button type="submit" class="button main wide" aria-disabled={busy.value}>
        {t(busy.value ? "ask.sending" : "ask.send")}
      </button>
      <button type="button" class="button plain wide" onClick={close}>
        {t("ask.back")}
      </button>
    </form>
  );
}

/** The files that go along, each with a way to take it away again. */
function Files({ most }: { most: number }) {
  const refused = useSignal("");
  const input = useRef<HTMLInputElement>(null);
  const add = (files: readonly File[]) => {
    const bad = files.find(({ size }) => size === 0 || size > most);
    const room = MOST_FILES - taken.peek().length;
    refused.value = bad
      ? t("ask.files.large", { name: bad.name, size: sizeText(most) })
      : files.length > room
        ? t("ask.files.many", { most: MOST_FILES })
        : "";
    const good = files.filter((file) => file.size > 0 && file.size <= most).slice(0, Math.max(0, room));
    taken.value = [...taken.peek(), ...good.map((file) => ({ key: crypto.randomUUID(), file, id: "" }))];
  };
  return (
    <fieldset class="asking-files">
      <legend>
        {t("ask.files")} <span class="faint">({t("ask.optional")})</span>
      </legend>
      <ul>
        {taken.value.map(({ key, file }) => (
          <li key={key}>
            <bdi>{file.name}</bdi> <small>{sizeText(file.size)}</small>
            <button
              type="button"
              class="button plain icon"
              aria-label={t("ask.files.remove", { name: file.name })}
              onClick={() => (taken.value = taken.peek().filter((each) => each.key !== key))}
            >
              <Icon name="close" size={16} />
            </button>
          </li>
        ))}
      </ul>
      <div role="alert">{refused.value !== "" && <p class="note bad">{refused.value}</p>}</div>
      <button type="button" class="button" onClick={() => input.current?.click()}>
        <Icon name="clip" size={18} />
        {t("ask.files.add")}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t("ask.files.add")}
        onChange={({ currentTarget }) => {
          add([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </fieldset>
  );
}

interface Common {
  id: string;
  name: string;
  value: string;
  onInput: (event: { currentTarget: { value: string } }) => void;
}

function Answer({ field, common }: { field: Own; common: Common }) {
  const { kind, choices = [] } = field;
  if (kind === "FORM_FIELD_KIND_CHOICE" || kind === "FORM_FIELD_KIND_YES_NO") {
    const all =
      kind === "FORM_FIELD_KIND_CHOICE"
        ? choices.map((choice) => [choice, choice] as const)
        : ([
            ["yes", t("ask.yes")],
            ["no", t("ask.no")],
          ] as const);
    return (
      <select {...common}>
        <option value="">{t("ask.choose")}</option>
        {all.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  const type = { FORM_FIELD_KIND_NUMBER: "number", FORM_FIELD_KIND_DATE: "date" }[kind] ?? "text";
  return <input {...common} type={type} step={type === "number" ? "any" : undefined} maxLength={500} dir="auto" />;
}
