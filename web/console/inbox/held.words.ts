/** The words about mails that wait for a decision. They come with it. */
import { addEnglish, type Translate, translate } from "../../shared/text.ts";

const english = {
  "held.title": "Mails that wait for you",
  "held.nobody": "No sender",
  REASON_SENDER: "It came from another address than the visitor's. Anybody may have written it.",
  REASON_CLOSED: "It came after the chat had ended.",
  REASON_FILES: "Its words are in the chat. A file with it was not taken.",
  "held.sure": "Delete this mail?",
  "held.sure.text": "Nobody can read it any more. Whoever wrote it is told nothing.",
  "held.admit": "Take it as the visitor's",
  "held.delete": "Delete it",
  "held.admitted": "It stands in the chat as the visitor's message.",
  "held.deleted": "The mail is deleted.",
  "held.failed": "Nothing was changed. Perhaps a colleague has decided already.",
} as const;

addEnglish(english);

/** Why a mail was held. */
export type HeldWord = "REASON_SENDER" | "REASON_CLOSED" | "REASON_FILES";

/** Returns a message of this part. */
export const t: Translate<typeof english> = translate;
