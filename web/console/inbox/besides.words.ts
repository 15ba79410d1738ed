/** The words of what stands under the facts of a conversation. They come with it. */
import { addEnglish, type Translate, translate } from "../../shared/text.ts";

const english = {
  "beside.tags": "Tags",
  "beside.tags.none": "No tag yet.",
  "beside.tags.add": "Add a tag",
  "beside.tags.put": "Add",
  "beside.tags.remove": "Remove the tag {word}",
  "beside.tags.failed": "The tags were not changed. Try again.",
  "beside.tags.hint": "The visitor does not see them here; they are in the copy of what is held.",
  "beside.notes": "Notes",
  "beside.notes.none": "No note yet.",
  "beside.notes.failed": "The notes could not be loaded.",
  "beside.notes.write": "A note for colleagues",
  "beside.notes.add": "Add the note",
  "beside.notes.hint":
    "Colleagues in this chat see it at once, the visitor never does here. It is in the copy of what is held, if the visitor asks for one.",
  "beside.notes.new": "{name} wrote a note beside this chat.",
  "beside.notes.kept": "Not added. Your text is still here.",
  "beside.notes.delete": "Delete the note by {name}",
  "beside.notes.deleted": "The note is deleted.",
  "beside.notes.not.deleted": "The note was not deleted. Try again.",
  "beside.person": "Earlier chats",
  "beside.person.show": "Look for earlier chats",
  "beside.person.hint": "Each look is recorded, and the visitor sees it. It ends when you hand the chat over.",
  "beside.person.none": "None. Visitors who do not ask to be remembered are new each time.",
  "beside.person.failed": "Earlier chats could not be loaded.",
  "beside.person.running": "Runs with a colleague",
  "beside.person.open": "Chat of {date}",
  "beside.ticket": "Make a ticket of it",
  "beside.minor": "Says to be under 18",
  "beside.minor.title": "Refuse this visitor for age?",
  "beside.minor.text":
    "Everything that the visitor submitted is deleted everywhere, this chat included, and the chat ends. It cannot be undone. Only a count of the day remains.",
  "beside.minor.yes": "Delete it all and end the chat",
  "beside.minor.done": "Refused for age. Everything that was submitted is being deleted.",
  "beside.minor.failed": "Nothing was deleted. Try again.",
  "beside.block": "Keep out",
  "beside.block.title": "Keep this visitor out?",
  "beside.block.text":
    "The chat ends, and the visitor cannot start another for this time. A visitor who is not remembered is known until the end of the day only. No network address is kept.",
  "beside.block.reason": "Why; the visitor sees it",
  "beside.block.hours": "For how long",
  "beside.block.yes": "End the chat and keep out",
  "beside.block.done": "The visitor is kept out until {time}. Lift it under Desk.",
  "beside.block.failed": "Nothing was changed. Try again.",
  "block.BLOCK_REASON_ABUSE": "Insults",
  "block.BLOCK_REASON_THREATS": "Threats",
  "block.BLOCK_REASON_SPAM": "Advertising or repetition",
  "hours.count": "{count, plural, one {# hour} other {# hours}}",
  "days.count": "{count, plural, one {# day} other {# days}}",
} as const;

addEnglish(english);

/** Returns a message of this part. */
export const t: Translate<typeof english> = translate;
