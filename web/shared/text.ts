/**
 * The words on the screen: catalogues, placeholders and plurals, and the direction in which they are read.
 *
 * It owns the active language. Messages use a small part of ICU: `{name}`, and
 * `{count, plural, =0 {none} one {# line} other {# lines}}`, with the plural forms of `Intl.PluralRules`. It never
 * makes markup: a message is plain text.
 */
import { computed, signal } from "@preact/signals";

/** Messages by key. */
export type Catalogue = Readonly<Record<string, string>>;

/** What placeholders stand for. */
export type Values = Readonly<Record<string, string | number>>;

const RIGHT_TO_LEFT = /^(ar|arc|ckb|dv|fa|he|ks|ku-arab|ps|sd|ug|ur|yi)\b/i;

/** The active language, as a BCP 47 tag. */
export const language = signal("en");
/** How the reader writes times: the active language, in the reader's own region where that is known. */
export const region = signal("en");
/** The direction in which the active language is read. */
export const direction = computed<"ltr" | "rtl">(() => (RIGHT_TO_LEFT.test(language.value) ? "rtl" : "ltr"));

const fallback: Record<string, string> = {};
const active = signal<Catalogue>({});

/** Adds messages in English, which stand in where the active language has none. */
export function addEnglish(catalogue: Catalogue): void {
  Object.assign(fallback, catalogue);
}

/** Makes a language the active one; the reader's own languages say in which region's manner times are written. */
export function setLanguage(tag: string, catalogue: Catalogue = {}, own: readonly string[] = []): void {
  active.value = catalogue;
  language.value = tag;
  region.value = (tag.includes("-") ? undefined : own.find((one) => one.startsWith(`${tag}-`))) ?? tag;
}

const TWO_WAY = /[\p{Bidi_Control}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** Keeps what a person typed from turning the words around it: a name is read in its own direction, and ends there. */
function isolated(value: string): string {
  return TWO_WAY.test(value) ? `\u2068${value.replaceAll(TURNS, "")}\u2069` : value;
}

function closing(message: string, open: number): number {
  let depth = 0;
  for (let at = open; at < message.length; at++) {
    if (message[at] === "{") depth++;
    else if (message[at] === "}" && --depth === 0) return at;
  }
  throw new SyntaxError(`unbalanced braces: ${message}`);
}

function plural(options: string, count: number, values: Values, tag: string): string {
  const forms = new Map<string, string>();
  let at = 0;
  while (at < options.length) {
    const open = options.indexOf("{", at);
    if (open < 0) break;
    const end = closing(options, open);
    forms.set(options.slice(at, open).trim(), options.slice(open + 1, end));
    at = end + 1;
  }
  const form = forms.get(`=${count}`) ?? forms.get(new Intl.PluralRules(tag).select(count)) ?? forms.get("other") ?? "";
  return format(form.replaceAll("#", new Intl.NumberFormat(tag).format(count)), values, tag);
}

/** Fills a message's placeholders, for one language. */
export function format(message: string, values: Values = {}, tag: string = language.value): string {
  let out = "";
  let at = 0;
  for (;;) {
    const open = message.indexOf("{", at);
    if (open < 0) return out + message.slice(at);
    const end = closing(message, open);
    const inner = message.slice(open + 1, end);
    const [name = "", kind] = inner.split(",", 2).map((part) => part.trim());
    const value = values[name];
    out += message.slice(at, open);
    if (kind === "plural") {
      const options = inner.slice(inner.indexOf(",", inner.indexOf(",") + 1) + 1);
      out += plural(options, Number(value), values, tag);
    } else {
      out += typeof value === "number" ? new Intl.NumberFormat(tag).format(value) : isolated(String(value ?? ""));
    }
    at = end + 1;
  }
}

/** Returns a message in the active language. Applications give it the type of their own keys. */
export function translate(key: string, values?: Values): string {
  const own = active.value[key];
  return own === undefined ? format(fallback[key] ?? key, values, "en") : format(own, values);
}

/** Returns the message of a key that is put together at run time, or that of another key where there is none. */
export const translateOr = (key: string, other: string): string => translate(key in fallback ? key : other);

/** A `t` that knows the keys of one catalogue. */
export type Translate<C extends Catalogue> = (key: keyof C & string, values?: Values) => string;
