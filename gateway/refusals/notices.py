"""The pages that tell of no refusal but of nothing, or of a moment's patience, in the languages besides English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.pages import MAINTENANCE, NOT_FOUND, Notice

_TOLD: Mapping[str, Mapping[Notice, Notice]] = {
    "de": {
        NOT_FOUND: replace(
            NOT_FOUND,
            title="Hier ist nichts",
            happened="Unter dieser Adresse gibt es keine Seite.",
            safe="Nichts wurde geändert und nichts gespeichert.",
            advice="Prüfen Sie die Adresse, oder gehen Sie zurück zu der Seite, von der Sie kamen.",
        ),
        MAINTENANCE: replace(
            MAINTENANCE,
            title="Gleich wieder da",
            happened="Dieser Teil des Dienstes wird gerade erneuert oder startet.",
            safe="Was vorher gesagt wurde, ist sicher.",
            advice="Bitte laden Sie diese Seite gleich noch einmal.",
        ),
    },
    "ar": {
        NOT_FOUND: replace(
            NOT_FOUND,
            title="لا شيء هنا",
            happened="لا توجد صفحة بهذا العنوان.",
            safe="لم يتغير شيء ولم يُحفظ شيء.",
            advice="تحقق من العنوان، أو عُد إلى الصفحة التي جئت منها.",
        ),
        MAINTENANCE: replace(
            MAINTENANCE,
            title="سنعود بعد لحظة",
            happened="هذا الجزء من الخدمة قيد التحديث أو بدء التشغيل.",
            safe="ما قيل من قبل محفوظ.",
            advice="يرجى إعادة تحميل هذه الصفحة بعد لحظة.",
        ),
    },
}


def told(notice: Notice, tag: str) -> Notice:
    """Returns a notice in the language of a tag; in English where it is not there in that one."""
    return _TOLD.get(tag, {}).get(notice, notice)
