"""What chats ask themselves when they end: one question, alike in every company, so that it is one number for ever."""

from __future__ import annotations

from parley.survey.v1 import definition_pb2
from parley.survey.v1.definition_pb2 import Definition, Question, Section, TranslatedText, Translation

QUESTION = "q_0rating0"
#: The question, as panels and results show it; panels hold the same words (`web/panel/survey/rating.tsx`).
ASKED = Definition(
    title="Rated in the chat",
    language="en",
    sections=[
        Section(
            id="s_0rating0",
            questions=[
                Question(
                    id=QUESTION,
                    kind=definition_pb2.QUESTION_KIND_CSAT,
                    text="How satisfied are you with this chat?",
                    low_label="Not at all",
                    high_label="Very",
                )
            ],
        )
    ],
    translations=[
        Translation(
            language=language,
            texts=[
                TranslatedText(of=of, text=text)
                for of, text in (
                    ("title", title),
                    (QUESTION, question),
                    (f"{QUESTION}.low", low),
                    (f"{QUESTION}.high", high),
                )
            ],
        )
        for language, title, question, low, high in (
            ("de", "Im Chat bewertet", "Wie zufrieden sind Sie mit diesem Chat?", "Gar nicht", "Sehr"),
            ("ar", "التقييم داخل المحادثة", "ما مدى رضاك عن هذه المحادثة؟", "إطلاقًا", "جدًا"),
        )
    ],
)
