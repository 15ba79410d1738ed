/** The English words of the community section, which are loaded with it. */
import { addEnglish, translate, type Values } from "../../shared/text.ts";

const PREFIX = "community.";

const english = {
  lead: "What was reported in the community. Whoever decides names a rule and the facts; the author gets both, and may appeal.",
  list: "Cases",
  loading: "Reading the cases…",
  "failed.title": "The cases could not be read",
  "failed.text": "Nothing was changed. Check the connection, then try again.",
  again: "Try again",
  "empty.title": "Nothing waits",
  "empty.text": "No case is open, and nobody has appealed.",
  "state.MODERATION_STATE_OPEN": "Waits for a decision",
  "state.MODERATION_STATE_APPEALED": "Appealed",
  escalated: "Told to the platform's reviewers",
  by: "by @{handle}",
  nobody: "by somebody who has left",
  flags: "{count} reports",
  snapshot: "As it was reported",
  "kind.FLAG_KIND_SPAM": "Advertising",
  "kind.FLAG_KIND_UNSOLICITED": "Unsolicited message",
  "kind.FLAG_KIND_EXPOSED": "Personal information exposed",
  "kind.FLAG_KIND_HARASSMENT": "Harassment",
  "kind.FLAG_KIND_ILLEGAL": "Illegal",
  "kind.FLAG_KIND_OFF_TOPIC": "Off topic",
  "kind.FLAG_KIND_OTHER": "Something else",
  decided: "Decided: {action}, rule {clause}. {facts}",
  appeal: "Appeal of the author: {text}",
  "appeal.reporter": "Appeal of a reporter: {text}",
  open: "Look at it",
  decide: "Decide",
  "decide.title": "Decide this case",
  "decide.text": "The author gets a statement of reasons at once, and may appeal for six months to somebody else.",
  "settle.title": "Decide this appeal",
  "settle.text": "Whoever decided before cannot decide it. Both sides see the outcome.",
  upheld: "The reports were right",
  action: "What happens to the post",
  "action.CASE_ACTION_NONE": "It stays, or comes back",
  "action.CASE_ACTION_RESTRICT": "It is shown less",
  "action.CASE_ACTION_REMOVE": "It is not shown",
  "action.CASE_ACTION_PURGE": "What exposes somebody is taken out for good",
  clause: "Rule",
  "clause.hint": "Its id in the terms in force when it was posted, such as R1.",
  facts: "The facts",
  done: "Decided.",
} as const;

addEnglish(Object.fromEntries(Object.entries(english).map(([key, text]) => [PREFIX + key, text])));

/** Returns a message of the section. */
export function t(key: keyof typeof english | "title", values?: Values): string {
  return translate(PREFIX + key, values);
}
