/** The words of what stands beside the first page; they come with it. Other languages carry the same keys. */
import { addEnglish, type Translate, translate } from "../shared/text.ts";

export const english = {
  "absent.text": "Nobody is online right now. You can leave a message, or start the chat and wait.",
  "absent.leave": "Leave a message instead",
  "absent.chat": "Start the chat and wait instead",
  "absent.ask": "Ask by e-mail instead",
  "absent.ask.failed": "The form could not be loaded. Try again in a moment.",
  "left.closed": "Nobody is here now. Leave a message, and we answer when we are back.",
  "left.closed.until": "We are closed now and back on {time}. Leave a message, and we answer then.",
  "left.message": "Your message",
  "left.email": "Email for the answer, if you like",
  "left.email.hint": "Used for this answer only, and deleted with the conversation.",
} as const;

/** The keys that it uses. */
export type FrontWords = typeof english;

addEnglish(english);

/** Returns a message in the active language. */
export const t: Translate<FrontWords> = translate;
