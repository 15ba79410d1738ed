/** The words of surveys as those read them who answer. They come with the piece; a survey's own words are its owner's. */
import { addEnglish, translate, type Values } from "../text.ts";

export const english = {
  offer: "If you like: {title}",
  "offer.count": "{count, plural, one {One question} other {# questions}}, all of it voluntary.",
  "offer.yes": "Answer",
  "offer.no": "No, thanks",
  rating: "How satisfied are you with this chat?",
  "rating.of": "{number} of 5",
  "rating.low": "Not at all",
  "rating.high": "Very",
  "rating.about": "Voluntary. Your rating is kept with this chat, and those who read the chat see it.",
  "rating.kept": "Your rating is kept with this chat.",
  "rating.gone": "Your rating is gone.",
  "rating.back": "Take it back",
  "rating.settled": "The time in which this could be changed is over. Nothing changed.",
  "rating.failed": "Not kept. Try again in a moment.",
  optional: "optional",
  required: "needs an answer",
  none: "No answer",
  wrong: "This answer does not fit. Nothing was sent.",
  opening: "Opening the survey…",
  failed: "The survey could not be opened now. Nothing was sent or kept.",
  again: "Try again",
  back: "Back to the end of the chat",
  voluntary: "Taking part is voluntary. Nothing is kept until you press Send.",
  kept: "Answers are kept for {days} days; texts and addresses for {texts} days.",
  visitor: "They are kept with your chat's data; you find them in the privacy centre.",
  apart: "Your answers belong to the survey, and are not shown beside the chat.",
  age: "Age in full years",
  "age.title": "First, your age",
  "age.hint": "Your age itself is not kept, only a range. Leave it blank to answer only what says nothing about you.",
  "age.wrong": "Give your age as a whole number, or leave it blank. Nothing was sent.",
  next: "Continue",
  send: "Send",
  sending: "Sending…",
  follow: "You may contact me about these answers. Only then is my address kept with them.",
  "sent.title": "Thank you",
  sent: "Your answers are kept.",
  nothing: "You answered nothing, and nothing is kept.",
  replace: "You answered this before. Sending again until {time} replaces it.",
  withdraw: "Take my answers back",
  withdrawn: "Your answers are deleted, and this invitation is used up.",
  missing: "Nothing was sent: a question that needs an answer has none.",
  "trouble.AGE_NEEDED": "Nothing was kept. Give your age first, or leave the personal questions blank.",
  "trouble.ANSWER_WRONG": "Nothing was sent: an answer does not fit its question. Your text is still here.",
  "trouble.other": "Nothing was sent. Your answers are still here; try again in a moment.",
  "end.AGE_PASS_WRONG": "The age check has run out. Nothing was kept.",
  "end.INVITATION_USED": "This was answered before, and can be changed no more. Nothing changed.",
  "end.INVITATION_NOT_FOUND": "This invitation does not exist, or its time is over.",
  "end.SURVEY_CLOSED": "This survey is closed. Nothing was kept.",
  "refused.title": "This is for people of 18 and over",
  refused: "Nothing that you sent is kept: neither answers nor the chat. You can close this.",
} as const;

/** The keys. */
export type SurveyWords = typeof english;

/** What stands before the keys in a catalogue that holds others' words, too. */
export const PREFIX = "survey.";

addEnglish(Object.fromEntries(Object.entries(english).map(([key, text]) => [PREFIX + key, text])));

/** Returns a message in the reader's language. */
export function t(key: keyof SurveyWords, values?: Values): string {
  return translate(PREFIX + key, values);
}

/** Returns why answers were not taken; the reader's answers are still there. */
export function troubleOf(reason: string): string {
  const key = `trouble.${reason}`;
  return t(key in english ? (key as keyof SurveyWords) : "trouble.other");
}

/** Returns why a survey is over, or nothing where it is not. */
export function endOf(reason: string): string {
  const key = `end.${reason}`;
  return key in english ? t(key as keyof SurveyWords) : "";
}
