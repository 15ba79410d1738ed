/** The words of the ticket desk that the console needs before the section is opened: its name, its pages, its keys. */
import { addEnglish, translate } from "../../shared/text.ts";

const PREFIX = "ticketdesk.";

const english = {
  title: "Ticket desk",
  queues: "Queues",
  fields: "Form",
  tags: "Tags",
  levels: "Promises",
  calendars: "Calendars",
  rules: "Rules",
  macros: "Macros",
  mailboxes: "Mailboxes",
  go: "Go to the ticket desk: {page}",
  "key.make": "Add one to the page in front",
} as const;

addEnglish(Object.fromEntries(Object.entries(english).map(([key, words]) => [PREFIX + key, words])));

/** Returns one of these words. */
export function t(key: keyof typeof english, values?: Record<string, string>): string {
  return translate(PREFIX + key, values);
}
