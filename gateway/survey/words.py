"""The words of the survey's own pages, in the languages that they speak. What a tenant wrote is not among them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.types import Scope

from gateway.requests import text_header

WORDS = {
    "age.title": "First, your age",
    "age.label": "Age in full years",
    "age.hint": "Your age itself is not kept, only a range. Leave it blank to answer only what says nothing about you.",
    "next": "Continue",
    "send": "Send",
    "optional": "optional",
    "required": "needs an answer",
    "none": "No answer",
    "wrong": "This answer does not fit here, or is missing.",
    "voluntary": "Taking part is voluntary. Nothing is kept until you press Send; close this page to keep it so.",
    "kept": "Answers are kept for {days} days; texts and addresses for {texts} days.",
    "visitor": "Your answers are kept with your chat's data, and you find them in the privacy centre.",
    "follow": "You may contact me about these answers. Only then is my address kept with them.",
    "more": "What you answered opened further questions. Nothing was sent yet.",
    "thanks": "Thank you. Your answers are kept.",
    "nothing": "You answered nothing, and nothing is kept.",
    "withdraw": "Take my answers back",
    "withdrawn": "Your answers are deleted, and this invitation is used up.",
    "SURVEY_REFUSED": "This survey is for people of 18 and over. Nothing you sent is kept.",
    "SURVEY_CLOSED": "This survey is closed. Nothing was kept.",
    "INVITATION_USED": "This was answered before, and can be changed no more. Nothing changed.",
    "INVITATION_NOT_FOUND": "This invitation does not exist, or its time is over.",
    "AGE_PASS_WRONG": "The age check has run out. Nothing was kept; please begin again.",
    "AGE_NEEDED": "Nothing was kept. Give your age first, or leave the personal questions blank.",
    "ANSWER_WRONG": "An answer does not fit its question. Nothing was sent; your text is still here.",
    "AGE_WRONG": "Give your age as a whole number, or leave it blank. Nothing was sent.",
    "title": "Survey",
    "skip": "Skip to the survey",
    "invited": "How was your chat?",
    "invited.text": "You were sent this link with a copy of your chat. Nothing was sent or counted by opening it.",
    "invited.open": "Show the questions",
}
GERMAN = {
    "age.title": "Zuerst Ihr Alter",
    "age.label": "Alter in vollen Jahren",
    "age.hint": "Ihr Alter selbst wird nicht gespeichert, nur eine Spanne. Lassen Sie es leer, um nur "
    "zu beantworten, was "
    "nichts über Sie sagt.",
    "next": "Weiter",
    "send": "Senden",
    "optional": "freiwillig",
    "required": "braucht eine Antwort",
    "none": "Keine Antwort",
    "wrong": "Diese Antwort passt hier nicht, oder sie fehlt.",
    "voluntary": "Die Teilnahme ist freiwillig. Bis Sie auf „Senden“ drücken, wird nichts "
    "gespeichert; schließen Sie diese "
    "Seite, damit es so bleibt.",
    "kept": "Antworten werden {days} Tage aufbewahrt, Texte und Adressen {texts} Tage.",
    "visitor": "Ihre Antworten werden bei den Daten Ihres Chats aufbewahrt; Sie finden sie im Datenschutzbereich.",
    "follow": "Sie dürfen mich zu diesen Antworten ansprechen. Nur dann wird meine Adresse bei ihnen aufbewahrt.",
    "more": "Ihre Antworten haben weitere Fragen geöffnet. Es wurde noch nichts gesendet.",
    "thanks": "Danke. Ihre Antworten sind gespeichert.",
    "nothing": "Sie haben nichts beantwortet, und es ist nichts gespeichert.",
    "withdraw": "Meine Antworten zurücknehmen",
    "withdrawn": "Ihre Antworten sind gelöscht, und diese Einladung ist verbraucht.",
    "SURVEY_REFUSED": "Diese Umfrage ist für Menschen ab 18 Jahren. Nichts, was Sie gesendet haben, wird aufbewahrt.",
    "SURVEY_CLOSED": "Diese Umfrage ist beendet. Es wurde nichts gespeichert.",
    "INVITATION_USED": "Das wurde schon beantwortet und lässt sich nicht mehr ändern. Es hat sich nichts geändert.",
    "INVITATION_NOT_FOUND": "Diese Einladung gibt es nicht, oder ihre Zeit ist vorbei.",
    "AGE_PASS_WRONG": "Die Altersprüfung ist abgelaufen. Es wurde nichts gespeichert; bitte beginnen Sie von vorn.",
    "AGE_NEEDED": "Es wurde nichts gespeichert. Nennen Sie zuerst Ihr Alter, oder lassen Sie die "
    "persönlichen Fragen leer.",
    "ANSWER_WRONG": "Eine Antwort passt nicht zu ihrer Frage. Es wurde nichts gesendet; Ihr Text steht noch hier.",
    "AGE_WRONG": "Nennen Sie Ihr Alter als ganze Zahl, oder lassen Sie es leer. Es wurde nichts gesendet.",
    "title": "Umfrage",
    "skip": "Zur Umfrage springen",
    "invited": "Wie war Ihr Chat?",
    "invited.text": "Sie haben diesen Link mit einer Kopie Ihres Chats bekommen. Durch das Öffnen "
    "wurde nichts gesendet und "
    "nichts gezählt.",
    "invited.open": "Fragen anzeigen",
}
ARABIC = {
    "age.title": "عمرك أولًا",
    "age.label": "العمر بالسنوات الكاملة",
    "age.hint": "لا يُحفَظ عمرك نفسه بل فئة عمرية فقط. اتركه فارغًا لتجيب عمّا لا يقول شيئًا عنك.",
    "next": "متابعة",
    "send": "إرسال",
    "optional": "اختياري",
    "required": "يحتاج إلى إجابة",
    "none": "بلا إجابة",
    "wrong": "هذه الإجابة لا تناسب هذا السؤال، أو أنها ناقصة.",
    "voluntary": "المشاركة طوعية. لا يُحفَظ شيء قبل أن تضغط «إرسال»؛ أغلق هذه الصفحة ليبقى الأمر كذلك.",
    "kept": "تُحفَظ الإجابات {days} يومًا، والنصوص والعناوين {texts} يومًا.",
    "visitor": "تُحفَظ إجاباتك مع بيانات محادثتك، وتجدها في مركز الخصوصية.",
    "follow": "يمكنكم التواصل معي بشأن هذه الإجابات. عندئذ فقط يُحفَظ عنواني معها.",
    "more": "فتحت إجاباتك أسئلة أخرى. لم يُرسَل شيء بعد.",
    "thanks": "شكرًا لك. حُفِظت إجاباتك.",
    "nothing": "لم تُجب عن شيء، ولم يُحفَظ شيء.",
    "withdraw": "سحب إجاباتي",
    "withdrawn": "حُذِفت إجاباتك، ولم تعد هذه الدعوة صالحة.",
    "SURVEY_REFUSED": "هذا الاستبيان لمن بلغوا 18 عامًا فأكثر. لم يُحفَظ شيء ممّا أرسلته.",
    "SURVEY_CLOSED": "هذا الاستبيان مغلق. لم يُحفَظ شيء.",
    "INVITATION_USED": "سبقت الإجابة عن هذا، ولا يمكن تغييره بعد الآن. لم يتغيّر شيء.",
    "INVITATION_NOT_FOUND": "هذه الدعوة غير موجودة أو انتهت مدّتها.",
    "AGE_PASS_WRONG": "انتهت صلاحية التحقّق من العمر. لم يُحفَظ شيء؛ يُرجى البدء من جديد.",
    "AGE_NEEDED": "لم يُحفَظ شيء. اذكر عمرك أولًا، أو اترك الأسئلة الشخصية فارغة.",
    "ANSWER_WRONG": "هناك إجابة لا تناسب سؤالها. لم يُرسَل شيء؛ نصّك ما زال هنا.",
    "AGE_WRONG": "اكتب عمرك عددًا صحيحًا، أو اتركه فارغًا. لم يُرسَل شيء.",
    "title": "استبيان",
    "skip": "الانتقال إلى الاستبيان",
    "invited": "كيف كانت محادثتك؟",
    "invited.text": "وصلك هذا الرابط مع نسخة من محادثتك. لم يُرسَل شيء ولم يُحسَب شيء عند فتحه.",
    "invited.open": "عرض الأسئلة",
}
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": WORDS, "de": GERMAN, "ar": ARABIC}


def language_of(*wanted: str) -> str:
    """Returns the first of some languages that the pages speak; English where they speak none."""
    first = (tag.lower().partition("-")[0] for tag in wanted)
    return next((tag for tag in first if tag in _LANGUAGES), "en")


def words_in(language: str) -> Mapping[str, str]:
    """Returns the words in a language that the pages speak."""
    return _LANGUAGES[language]


def accepted(scope: Scope) -> tuple[str, ...]:
    """Returns the languages that a browser asks for, in its order."""
    found = (part.split(";")[0].strip()[:35] for part in text_header(scope, b"accept-language").split(",")[:10])
    return tuple(tag for tag in found if _LANGUAGE.fullmatch(tag))
