/** How a change on record reads: values of the contract by their words, people and teams by their names. */
import { t, word } from "./words.ts";

/** Tells a value that a record keeps as JSON; `nameOf` knows what the ids of the tenant are called. */
export function told(field: string, json: string, nameOf: (id: string) => string | undefined): string {
  if (json === "") return t("audit.nothing");
  const values: unknown[] = [JSON.parse(json)].flat();
  const words = values.filter((value) => value !== "").map((value) => one(field, value, nameOf));
  return words.length === 0 ? t("audit.nothing") : words.join(", ");
}

function one(field: string, value: unknown, nameOf: (id: string) => string | undefined): string {
  if (typeof value === "boolean") return value ? t("on") : t("off");
  if (typeof value !== "string") return JSON.stringify(value);
  if (field === "roles") return word("role", value);
  if (field === "state") return word("state", value);
  if (value === "POSITION_START") return t("sites.position.start");
  if (value === "POSITION_END" || value === "POSITION_UNSPECIFIED") return t("sites.position.end");
  return nameOf(value) ?? value;
}
