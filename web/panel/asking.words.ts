/** The words of the form for a ticket; they come with it. Other languages carry the same keys. */
import { addEnglish, type Translate, translate, translateOr } from "../shared/text.ts";

export const english = {
  "ask.title": "Ask by e-mail",
  "ask.lead": "Tell us what is the matter. The answer comes by e-mail.",
  "ask.kept":
    "What you write here is read to solve your problem, and for nothing else. It deletes itself {days} days after it is closed.",
  "ask.email": "Your e-mail address",
  "ask.site_url": "Address of your site",
  "ask.site_url.hint": "For instance https://www.example.org/shop. No password in it, please.",
  "ask.description": "What is the matter?",
  "ask.description.hint": "What did you do, what happened, and what should have happened?",
  "ask.display_name": "Your name",
  "ask.optional": "optional",
  "ask.choose": "Please choose",
  "ask.yes": "Yes",
  "ask.no": "No",
  "ask.files": "Files",
  "ask.files.add": "Add files",
  "ask.files.remove": "Take {name} away",
  "ask.files.large": "{name} was not added: it is empty, or larger than {size}.",
  "ask.files.many": "{most} files at most go along; the rest were not added.",
  "ask.files.failed": "Not sent: a file did not arrive. Your text is still here; try again, or take the file away.",
  "ask.send": "Send",
  "ask.sending": "Sending…",
  "ask.back": "Back",
  "ask.trouble": "Not sent. Your text is still here; please look at:",
  "ask.wrong.email": "Give an e-mail address to which the answer can go, such as pat@example.org.",
  "ask.wrong.site_url": "Give the address of your site, beginning with https:// or http://, without a password.",
  "ask.wrong.description": "Say what is the matter, in 20,000 letters at most.",
  "ask.wrong.display_name": "A name has 200 letters at most.",
  "ask.wrong.value": "An answer does not fit its question.",
  "ask.limited": "Not sent: too much came from your network at once. Your text is still here; try again soon.",
  "ask.failed": "Not sent. Your text is still here; try again in a moment.",
  "ask.loading": "Reading what is asked…",
  "ask.unread": "The form could not be loaded. Nothing was sent.",
  "ask.again": "Try again",
  "ask.sent": "We have it: {reference}",
  "ask.sent.text":
    "A confirmation is on its way to your address, with a link under which you can read what is answered.",
  "ask.sent.kept": "It deletes itself {days} days after it is closed.",
  "ask.sent.back": "Back to the first page",
} as const;

/** The keys that it uses. */
export type AskingWords = typeof english;

addEnglish(english);

/** Returns a message in the active language. */
export const t: Translate<AskingWords> = translate;
/** Returns a message by a key that is put together, or by another one where there is none. */
export const tOr = translateOr;
