/** The English words of the panel's pieces that come when they are wanted, and that come with them. */
import { addEnglish, type Translate, translate, translateOr } from "../../shared/text.ts";
import type { PanelWords } from "./en.ts";

export const besides = {
  "back.code": "Code",
  "back.hint": "Three groups of four, such as K7QM-2XPD-9RTV.",
  "back.open": "Open the chat",
  "back.wrong": "This code opens no chat here. Check it, or start a new chat.",
  "back.limited": "Too many codes were tried from here. Try again in a few minutes.",
  "back.failed": "Could not be checked now. Try again in a moment.",
  "ended.title": "The chat has ended",
  "ended.readers": "Read by",
  "ended.readers.none": "Nobody but you has read it.",
  "ended.readers.failed": "The list of readers could not be loaded.",
  "ended.expires": "Deletes itself on {date}.",
  "ended.expires.none": "Its deletion date is set shortly after it ends.",
  "ended.backups": "Backups of the platform run out later than that.",
  "ended.transcript": "Read the transcript",
  "ended.copy": "Copy",
  "ended.copied": "Copied",
  "ended.copy.failed": "Not copied: the browser does not allow it.",
  "ended.print": "Print",
  "ended.save": "Save",
  "transcript.title": "Chat with {site}",
  "transcript.you": "You",
  "held.title": "What is held about this chat",
  "held.recognised": "You are remembered on this site.",
  "held.unrecognise": "Do not remember me any more",
  "held.unrecognise.failed": "That did not work, and you are still remembered. Try again in a moment.",
  "code.label": "Your code:",
  "code.hint": "It leads back to all of this until {date}, from any browser.",
  "code.open": "Open my privacy page",
  "community.link": "Our community",
  "community.hint": "What you post there is public, under its own terms.",
  "code.failed": "Your code could not be loaded.",
  "mail.button": "Mail me the chat",
  "mail.address": "Your email address",
  "mail.hint":
    "It is used for this mail only and is forgotten once the mail is sent. A mail that was sent cannot be taken back.",
  "mail.send": "Send the mail",
  "mail.cancel": "Cancel",
  "mail.busy": "Ordering the mail…",
  "mail.done": "The mail is on its way. Your address is not kept.",
  "mail.wrong": "Nothing was sent: this is not an email address.",
  "mail.often": "Nothing was sent: this chat was mailed often today. Try again tomorrow.",
  "mail.failed": "Nothing was sent. Your address is still here; try again in a moment.",
  "copy.button": "Send me a copy",
  "copy.busy": "Putting the copy together…",
  "copy.saved": "The copy was handed to your browser to save.",
  "copy.failed": "No copy was made. Try again in a moment.",
  "delete.button": "Delete now",
  "delete.title": "Delete everything about you?",
  "delete.text":
    "What both sides said, your name and your code go at once, and a running chat ends. It cannot be taken back. Backups run out within 35 days.",
  "forgetting.title": "Deleting everything about you",
  "forgetting.step.chat": "Chat, messages and files",
  "forgetting.step.identity": "Codes and keys",
  "forgetting.step.survey": "Answers to surveys",
  "forgetting.step.support": "Requests for support",
  "forgetting.step.privacy": "Choices and requests",
  "forgetting.step.other": "Another store",
  "forgetting.done": "deleted",
  "forgetting.gone": "Gone here.",
  "forgetting.gone.text": "Nothing of yours can be read or searched any more.",
  "forgetting.held": "What is sealed for a legal case can be read by nobody but the case.",
  "forgetting.backups": "The last backup that may still hold it runs out on {date}.",
  "forgetting.code": "Code for following this:",
  "forgetting.track": "Follow it",
  "forgetting.failed": "Nothing was deleted",
  "forgetting.failed.text": "The request did not get through. Everything is as it was; try again in a moment.",
  "forgetting.back": "Back to the chat",
  "held.name": "Name",
  "held.name.none": "None: you chat anonymously",
  "held.entries": "Messages",
  "held.language": "Language",
  "held.page": "Page where it started",
  "held.page.none": "Not recorded",
  "held.started": "Started",
  "held.until": "Held until",
  "held.until.open": "Set when the chat ends",
  "held.loading": "Looking it up…",
  "held.failed": "It could not be looked up now.",
} as const;

export type BesidesWords = typeof besides;

addEnglish(besides);

/** Returns a message of the panel, or of the pieces beside it, in the active language. */
export const t: Translate<PanelWords & BesidesWords> = translate;

/** Returns the message of a key that is put together at run time, or that of another key where there is none. */
export const tOr: (key: string, other: keyof BesidesWords) => string = translateOr;
