/** The English words of the parts that panel and console share. Other languages carry the same keys. */
import { addEnglish, type Translate, translate } from "./text.ts";

export const sharedEnglish = {
  "log.label": "Messages",
  "log.you": "You",
  "log.sent": "Sent",
  "log.read": "Read",
  "log.sending": "Sending…",
  "log.waiting": "Not sent yet. Your text is still here, and goes out as soon as there is a connection.",
  "log.refused": "Not sent. Your text is still here.",
  "log.refused.wait": "Not sent. Your text is still here; try again in {time}.",
  "log.refused.limited": "Not sent: too many messages at once. Your text is still here.",
  "log.refused.limited.wait": "Not sent: too many messages at once. Your text is still here; try again in {time}.",
  "log.refused.CONVERSATION_CLOSED": "Not sent: the chat has ended. Your text is still here to copy.",
  "log.refused.too_long": "Not sent: a message holds at most {limit} characters. Your text is still here.",
  "log.retry": "Send again",
  "log.discard": "Discard",
  "log.new": "New messages",
  "log.typing": "{name} is typing",
  "log.loading": "Loading the messages…",
  "log.edited": "edited",
  "log.retracted": "Taken back",
  "log.removed": "Removed",
  "log.change": "Change or remove this message",
  "log.link": "{text}, leads to {host}, opens a new tab",
  "composer.label": "Your message",
  "composer.placeholder": "Write a message",
  "composer.send": "Send",
  "composer.left": "{count, plural, one {# character left} other {# characters left}}",
  "composer.over": "{count, plural, one {# character too many} other {# characters too many}}",
  "composer.emoji": "Emoji",
  "composer.attach": "Send a file",
  "file.pending": "Being checked",
  "file.picture": "Picture: {name}",
  "file.download": "Save {name}",
  "file.open.failed": "Could not be opened. Please try again.",
  "file.sending": "Sending {name}",
  "file.failed": "Not sent. The file is still here.",
  "file.refused": "Not taken, and not kept.",
  "file.refused.FILE_TOO_LARGE": "Not sent: the file is too large. Nothing of it was kept.",
  "file.refused.FILES_LIMITED": "Not sent: there is no room for more files here.",
  "file.refused.FILE_EMPTY": "Not sent: the file is empty.",
  "file.refused.FILE_TYPE_NOT_ALLOWED": "Files of this kind are not taken. It was not kept.",
  "file.refused.FILE_HARMFUL": "Refused: the virus scanner found something. It was not kept.",
  "file.refused.IMAGE_TOO_LARGE": "The picture has too many pixels. It was not kept.",
  "file.refused.IMAGE_BROKEN": "The picture cannot be read. It was not kept.",
  "file.refused.FILE_NOT_EXAMINED": "It could not be checked, so it was not kept.",
  "file.refused.CONVERSATION_CLOSED": "Not sent: the chat has ended.",
  "dialog.cancel": "Cancel",
  "dialog.close": "Close",
  "reader.somebody": "A member of staff",
  "reader.purpose.PURPOSE_ESSENTIAL_SERVICE": "answering",
  "reader.purpose.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT": "solving a reported problem",
  "reader.purpose.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS": "keeping the platform running",
  "reader.purpose.PURPOSE_FUNCTIONAL_SERVICE_MONITORING": "watching for quality",
  "reader.purpose.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION": "a duty of law",
  "reader.program": "A program of the company",
  "reader.purpose.other": "another declared purpose",
} as const;

/** The keys that the shared parts use. */
export type SharedWords = typeof sharedEnglish;

addEnglish(sharedEnglish);

/** Returns a shared message in the active language. */
export const t: Translate<SharedWords> = translate;

/** Returns the message of a key that is put together at run time, or that of another key where there is none. */
export function tOr(key: string, other: keyof SharedWords, values?: Record<string, string | number>): string {
  return translate(key in sharedEnglish ? key : other, values);
}
