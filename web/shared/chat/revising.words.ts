/** The words of the dialog in which a message is changed; they come with it. Other languages carry the same keys. */
import { addEnglish, type Translate, translate } from "../text.ts";

export const english = {
  "revising.title": "Change what was said",
  "revising.text": "The message",
  "revising.save": "Save the change",
  "revising.retract": "Take it back",
  "revising.retract.hint": "Both sides see that something was taken back, and not what.",
  "revising.redact": "Remove for good",
  "revising.redact.hint":
    "For card numbers and passwords: the text is gone everywhere, and it cannot be undone. Backups run out within 35 days.",
  "revising.redact.sure": "Yes, remove it for good",
  "revising.failed": "Nothing was changed. Try again in a moment.",
  "revising.failed.REVISION_TOO_LATE": "Nothing was changed: a message can be changed for a quarter of an hour.",
  "revising.failed.CONVERSATION_CLOSED": "Nothing was changed: the chat has ended.",
} as const;

/** The keys that the dialog uses. */
export type RevisingWords = typeof english;

addEnglish(english);

/** Returns a message of the dialog in the active language. */
export const t: Translate<RevisingWords> = translate;

/** Returns why nothing was changed. */
export function failure(reason: string): string {
  const key = `revising.failed.${reason}`;
  return translate(key in english ? key : "revising.failed");
}
