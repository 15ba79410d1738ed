/** The words of surveys as those read them who answer. They come with the piece; a survey's own words are its owner's. */
import { format, language, type Values } from "../text.ts";

const english = {
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

const arabic: Record<keyof SurveyWords, string> = {
  offer: "إن أردت: {title}",
  "offer.count":
    "{count, plural, =0 {لا أسئلة} one {سؤال واحد} two {سؤالان} few {# أسئلة} many {# سؤالًا} other {# سؤال}}، والإجابة طوعية تمامًا.",
  "offer.yes": "الإجابة",
  "offer.no": "لا، شكرًا",
  rating: "ما مدى رضاك عن هذه المحادثة؟",
  "rating.of": "{number} من 5",
  "rating.low": "إطلاقًا",
  "rating.high": "جدًا",
  "rating.about": "اختياري. يُحفَظ تقييمك مع هذه المحادثة، ويراه من يقرؤها.",
  "rating.kept": "حُفِظ تقييمك مع هذه المحادثة.",
  "rating.gone": "حُذِف تقييمك.",
  "rating.back": "سحب التقييم",
  "rating.settled": "انتهى الوقت الذي يمكن فيه تغيير هذا. لم يتغيّر شيء.",
  "rating.failed": "لم يُحفَظ. أعد المحاولة بعد قليل.",
  optional: "اختياري",
  required: "يحتاج إلى إجابة",
  none: "بلا إجابة",
  wrong: "هذه الإجابة لا تناسب السؤال. لم يُرسَل شيء.",
  opening: "جارٍ فتح الاستبيان…",
  failed: "تعذّر فتح الاستبيان الآن. لم يُرسَل شيء ولم يُحفَظ شيء.",
  again: "إعادة المحاولة",
  back: "العودة إلى نهاية المحادثة",
  voluntary: "المشاركة طوعية. لا يُحفَظ شيء قبل أن تضغط «إرسال».",
  kept: "تُحفَظ الإجابات {days} يومًا، والنصوص والعناوين {texts} يومًا.",
  visitor: "تُحفَظ مع بيانات محادثتك، وتجدها في مركز الخصوصية.",
  apart: "إجاباتك تخصّ الاستبيان، ولا تظهر بجانب المحادثة.",
  age: "العمر بالسنوات الكاملة",
  "age.title": "عمرك أولًا",
  "age.hint": "لا يُحفَظ عمرك نفسه بل فئة عمرية فقط. اتركه فارغًا لتجيب عمّا لا يقول شيئًا عنك.",
  "age.wrong": "اكتب عمرك عددًا صحيحًا، أو اتركه فارغًا. لم يُرسَل شيء.",
  next: "متابعة",
  send: "إرسال",
  sending: "جارٍ الإرسال…",
  follow: "يمكنكم التواصل معي بشأن هذه الإجابات. عندئذ فقط يُحفَظ عنواني معها.",
  "sent.title": "شكرًا لك",
  sent: "حُفِظت إجاباتك.",
  replace: "أجبت عن هذا من قبل. الإرسال مرة أخرى حتى {time} يحلّ محلّ إجاباتك.",
  withdraw: "سحب إجاباتي",
  withdrawn: "حُذِفت إجاباتك، ولم تعد هذه الدعوة صالحة.",
  missing: "لم يُرسَل شيء: هناك سؤال يحتاج إلى إجابة.",
  "trouble.AGE_NEEDED": "لم يُحفَظ شيء. اذكر عمرك أولًا، أو اترك الأسئلة الشخصية فارغة.",
  "trouble.ANSWER_WRONG": "لم يُرسَل شيء: هناك إجابة لا تناسب سؤالها. نصّك ما زال هنا.",
  "trouble.other": "لم يُرسَل شيء. إجاباتك ما زالت هنا؛ أعد المحاولة بعد قليل.",
  "end.AGE_PASS_WRONG": "انتهت صلاحية التحقّق من العمر. لم يُحفَظ شيء.",
  "end.INVITATION_USED": "سبقت الإجابة عن هذا، ولا يمكن تغييره بعد الآن. لم يتغيّر شيء.",
  "end.INVITATION_NOT_FOUND": "هذه الدعوة غير موجودة أو انتهت مدّتها.",
  "end.SURVEY_CLOSED": "هذا الاستبيان مغلق. لم يُحفَظ شيء.",
  "refused.title": "هذا لمن بلغوا 18 عامًا فأكثر",
  refused: "لم يُحفَظ شيء ممّا أرسلته: لا الإجابات ولا المحادثة. يمكنك إغلاق هذه الصفحة.",
};

/** Returns a message in the reader's language. */
export function t(key: keyof SurveyWords, values?: Values): string {
  return /^ar\b/.test(language.value) ? format(arabic[key], values, "ar") : format(english[key], values, "en");
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
