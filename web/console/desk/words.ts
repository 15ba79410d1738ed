/** The desk's words. They are loaded with the section. */
import { addEnglish, type Translate, translate } from "../../shared/text.ts";

const english = {
  "desk.places": "Pages of the desk",
  "desk.again": "Try again",
  "desk.failed": "This could not be loaded.",
  "desk.loading": "Loading…",
  "desk.cancel": "Cancel",
  "desk.save": "Save",
  "desk.change": "Change",
  "desk.delete": "Delete",
  "desk.retire": "Retire",
  "desk.use": "Use again",
  "desk.not.saved": "Not saved. Your text is still here.",
  "desk.not.saved.CHANGED_MEANWHILE":
    "Not saved: somebody else has changed it meanwhile. Close, look at it, then change it.",
  "desk.not.saved.SHORTCUT_EXISTS": "Not saved: there is a reply with this shortcut in this language.",
  "desk.not.saved.PLACEHOLDER_UNKNOWN":
    "Not saved: a placeholder is not known. There are {visitor_name}, {operator_name} and {site}.",
  "desk.not.saved.TAG_EXISTS": "Not saved: there is a tag with this word.",
  "desk.not.saved.TOO_MANY": "Not saved: there are too many already. Delete one first.",
  "replies.lead": "Texts that are said often. Type a slash in a chat to insert one.",
  "replies.add": "New canned reply",
  "replies.none": "No canned reply yet",
  "replies.none.text": "Write down once what you say every day, and insert it with a slash.",
  "replies.own": "Yours",
  "replies.team": "The team's",
  "replies.edit": "Change /{shortcut}",
  "replies.delete": "Delete /{shortcut}",
  "replies.deleted": "/{shortcut} is deleted.",
  "replies.not.deleted": "/{shortcut} was not deleted. Try again.",
  "replies.new.title": "New canned reply",
  "replies.edit.title": "Change a canned reply",
  "replies.shortcut": "Shortcut",
  "replies.shortcut.hint": "Small letters, digits, - and _.",
  "replies.language": "Language, if it is not for all",
  "replies.language.hint": "Such as de or pt-BR. One shortcut may have a text for each.",
  "replies.text": "Text",
  "replies.text.hint":
    "{visitor_name}, {operator_name} and {site} are filled in; {visitor_name|there} says “there” where no name is known.",
  "replies.whose": "Whose it is",
  "tags.lead": "Words for conversations, to find and count them by.",
  "tags.add": "New tag",
  "tags.none": "No tag yet",
  "tags.none.text": "A tag such as “Refund” is put on a conversation beside its facts, and the inbox narrows to it.",
  "tags.word": "Word",
  "tags.edit": "Change the tag {word}",
  "tags.retire": "Retire the tag {word}",
  "tags.use": "Use the tag {word} again",
  "tags.retired": "Retired: it stays where it was put",
  "tags.retired.done": "“{word}” is put on nothing more. It stays where it was put.",
  "tags.used.done": "“{word}” can be put on conversations again.",
  "tags.new.title": "New tag",
  "tags.edit.title": "Change a tag",
  "blocks.lead": "Visitors who cannot start a chat for now. Each block ends by itself.",
  "blocks.none": "Nobody is kept out",
  "blocks.none.text": "Whoever answers an abuser can end the chat and keep the visitor out, up to thirty days.",
  "blocks.why": "Why",
  "blocks.by": "By",
  "blocks.since": "Since",
  "blocks.until": "Until",
  "blocks.lift": "Lift",
  "blocks.lift.title": "Let this visitor in again?",
  "blocks.lift.text": "They can start a chat at once.",
  "blocks.lifted": "Lifted.",
  "blocks.not.lifted": "Not lifted. Try again.",
  "blocks.more": "Show more",
  "block.BLOCK_REASON_ABUSE": "Insults",
  "block.BLOCK_REASON_THREATS": "Threats",
  "block.BLOCK_REASON_SPAM": "Advertising or repetition",
} as const;

addEnglish(english);

/** Returns a message of the desk. */
export const t: Translate<typeof english> = translate;

/** Returns why something was not saved. */
export function failure(reason: string): string {
  const key = `desk.not.saved.${reason}`;
  // The names of placeholders stand in the message as they are typed.
  const names = { visitor_name: "{visitor_name}", operator_name: "{operator_name}", site: "{site}" };
  return translate(key in english ? key : "desk.not.saved", names);
}
