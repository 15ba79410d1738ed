"""Die Worte der Seiten, auf denen um Hilfe gebeten wird, auf Deutsch."""

from __future__ import annotations

from collections.abc import Mapping

FORM: Mapping[str, str] = {
    "community": "Fragen Sie stattdessen andere in der Community. Was dort steht, ist öffentlich und folgt eigenen "
    "Regeln.",
    "title": "Um Hilfe bitten",
    "languages": "Sprache",
    "skip": "Zum Formular",
    "lead": "Schreiben Sie uns, worum es geht. Die Antwort kommt per E-Mail.",
    "kept": "Was Sie hier schreiben, wird gelesen, um Ihr Anliegen zu lösen, und für nichts anderes. Es löscht "
    "sich {days} "
    "Tage, nachdem es geschlossen wurde.",
    "needed": "nötig",
    "optional": "freiwillig",
    "email": "Ihre E-Mail-Adresse",
    "email.hint": "Dorthin geht die Antwort.",
    "site_url": "Adresse Ihrer Website",
    "site_url.hint": "Zum Beispiel https://www.example.org/shop. Bitte ohne Passwort.",
    "description": "Worum geht es?",
    "description.hint": "Was haben Sie getan, was ist geschehen, und was hätte geschehen sollen?",
    "display_name": "Ihr Name",
    "subject": "In einer Zeile",
    "files": "Dateien",
    "files.hint": "Bilder, PDF und Ähnliches, höchstens zehn, jede höchstens {megabytes} MB groß.",
    "files.kept": "Diese sind schon da:",
    "send": "Senden",
    "trouble": "Nichts wurde gesendet. Ihr Text ist noch da; bitte sehen Sie nach bei:",
    "wrong.email": "Geben Sie eine E-Mail-Adresse an, an die die Antwort gehen kann, etwa pat@example.org.",
    "wrong.site_url": "Geben Sie die Adresse Ihrer Website an; sie beginnt mit https:// oder http:// und enthält kein "
    "Passwort.",
    "wrong.description": "Sagen Sie, worum es geht, mit höchstens 20.000 Zeichen.",
    "wrong.display_name": "Ein Name hat höchstens 200 Zeichen.",
    "wrong.subject": "Eine Zeile hat höchstens 200 Zeichen.",
    "wrong.files": "Eine Datei ist zu groß, leer oder eine zu viel. Die übrigen sind noch da; wählen Sie andere "
    "oder keine.",
    "wrong.files.gone": "Die Dateien Ihres ersten Versuchs sind nicht mehr da. Bitte wählen Sie sie noch einmal.",
    "wrong.value": "Eine Antwort passt nicht zu ihrer Frage.",
    "wrong.other": "Etwas im Formular passt nicht.",
    "busy": "Nichts wurde gesendet: Aus Ihrem Netz kam zu viel auf einmal. Ihr Text ist noch da; versuchen Sie es "
    "bald "
    "wieder.",
    "sent.title": "Es ist angekommen: {reference}",
    "sent": "Eine Bestätigung ist an Ihre Adresse unterwegs, mit einem Link, unter dem Sie lesen, was geantwortet "
    "wird.",
    "sent.kept": "Es löscht sich {days} Tage, nachdem es geschlossen wurde.",
    "sent.none": "Nach einigen Minuten keine E-Mail? Sehen Sie unter den unerwünschten nach, oder schreiben Sie "
    "noch einmal "
    "mit einer anderen Adresse.",
    "yes": "Ja",
    "no": "Nein",
    "choose": "Bitte wählen",
}

STATES: Mapping[str, str] = {
    "STATE_UNSPECIFIED": "",
    "STATE_TRIAGE": "Wir sehen es uns an",
    "STATE_OPEN": "Wir arbeiten daran",
    "STATE_WAITING_ON_REQUESTER": "Es wartet auf Ihre Antwort",
    "STATE_WAITING_ON_US": "Wir arbeiten daran",
    "STATE_RESOLVED": "Gelöst",
    "STATE_CLOSED": "Geschlossen",
}

FILES: Mapping[str, str] = {
    "STATE_UNSPECIFIED": "",
    "STATE_PENDING": "wird geprüft",
    "STATE_READY": "",
    "STATE_REFUSED": "nicht angenommen: Dateien dieser Art werden nicht weitergegeben",
}

PORTAL: Mapping[str, str] = {
    "community": "Die Community, mit eigenen Regeln",
    "languages": "Sprache",
    "skip": "Zur Anfrage",
    "you": "Sie",
    "thread": "Was geschrieben wurde",
    "site": "Es geht um",
    "site.asked": "Bitte antworten Sie mit der Adresse der Website, um die es geht.",
    "reading": "Wer die Adresse dieser Seite hat, kann sie lesen. Um zu antworten, braucht es einen Code per E-Mail.",
    "code.title": "Antworten, schließen oder wieder öffnen",
    "code.lead": "Wir senden einen Code an die Adresse, von der die Anfrage kam. Er gilt zehn Minuten.",
    "code.send": "Code senden",
    "code.sent": "Ein Code ist an diese Adresse unterwegs. Er gilt zehn Minuten und für fünf Versuche.",
    "code.label": "Code",
    "code.enter": "Weiter",
    "code.wrong": "Der Code stimmt nicht oder gilt nicht mehr. Nichts wurde geändert; versuchen Sie es noch "
    "einmal, oder "
    "lassen Sie sich einen neuen senden.",
    "code.limited": "In dieser Stunde wurden schon mehrere Codes an die Adresse gesendet. Verwenden Sie einen "
    "davon, oder "
    "kommen Sie später wieder.",
    "proof.over": "Ihre halbe Stunde ist um. Nichts wurde gesendet; Ihr Text ist noch da. Lassen Sie sich einen "
    "Code senden, "
    "um fortzufahren.",
    "reply.title": "Antworten",
    "reply.label": "Ihre Antwort",
    "reply.send": "Senden",
    "reply.empty": "Es gibt nichts zu senden. Schreiben Sie etwas, mit höchstens 20.000 Zeichen.",
    "files": "Dateien",
    "optional": "freiwillig",
    "files.hint": "Bilder, PDF und Ähnliches, höchstens zehn, jede höchstens {megabytes} MB groß.",
    "files.kept": "Diese sind schon da:",
    "files.refused": "Eine Datei ist zu groß, leer oder eine zu viel. Nichts wurde gesendet; Ihr Text und die "
    "übrigen Dateien "
    "sind noch da.",
    "files.gone": "Die Dateien Ihres ersten Versuchs sind nicht mehr da. Nichts wurde gesendet; bitte wählen Sie "
    "sie noch "
    "einmal.",
    "reply.reopens": "Ihre Antwort öffnet sie wieder.",
    "close": "Schließen: Es ist gelöst",
    "reopen": "Wieder öffnen",
    "leave": "Diesen Browser vergessen",
    "leave.hint": "Von diesem Browser aus können Sie eine halbe Stunde lang antworten.",
    "survey.title": "Wie es war",
    "survey.lead": "Das ist freiwillig, und Ihre Antworten stehen getrennt von Ihrer Anfrage.",
    "survey.go": "Sagen, wie es war",
    "own.title": "Alle Ihre Anfragen",
    "own.here": "diese",
    "held.title": "Was gespeichert ist, und bis wann",
    "held.count": "Ihre Adresse, Ihr Name, wenn Sie einen angegeben haben, Ihre Sprache, wenn sie bekannt ist, und was "
    "gesendet wurde: Texte {entries}, Dateien {files}.",
    "kept": "Es löscht sich {days} Tage, nachdem es geschlossen wurde.",
    "kept.until": "Es löscht sich am {date}.",
    "held.use": "Es wird gelesen, um Ihr Anliegen zu lösen, und für nichts anderes.",
    "held.more": "Eine Kopie anfordern, etwas berichtigen oder es löschen lassen",
}
