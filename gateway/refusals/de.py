"""Why something was refused, in German, by its reason, and by its status where no reason is known."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "title": "Das wurde nicht getan",
    "ACCOUNT_NEEDED": (
        "Melden Sie sich an, um das zu melden. Rechtswidriges und was jemanden bloßstellt lässt sich ohne Konto melden."
    ),
    "AGE_REFUSED": (
        "Sie können hier nicht beitreten. Nichts von Ihren Eingaben wurde gespeichert; lesen können Sie weiterhin."
    ),
    "APPEALED_ALREADY": (
        "Dagegen gibt es schon eine Beschwerde. Jemand, der noch nicht entschieden hat, sieht sie sich an."
    ),
    "APPEAL_DECIDED": "Über eine Beschwerde wurde schon entschieden; dabei bleibt es hier. Nichts wurde geändert.",
    "APPEAL_LATE": "Die sechs Monate für eine Beschwerde sind vorbei. Nichts wurde geändert.",
    "ARGUMENT_INVALID": "Etwas fehlt, ist zu lang oder hat die falsche Form. Nichts wurde gespeichert.",
    "ATTACHMENT_NOT_READY": "Diese Datei lässt sich nicht öffnen: Sie wird noch geprüft oder wurde nicht freigegeben.",
    "CODE_REJECTED": (
        "Der Code stimmt nicht oder gilt nicht mehr. Nichts wurde geändert; prüfen Sie ihn oder lassen Sie "
        "sich einen neuen senden."
    ),
    "CONTACT_NOT_ACCEPTED": (
        "Ihre erste Nachricht wartet auf Antwort. Mehr können Sie schreiben, sobald sie angenommen ist."
    ),
    "CREDENTIAL_REJECTED": "Sie sind nicht mehr angemeldet. Melden Sie sich wieder an.",
    "DRAFT_CHANGED": (
        "Dieser Entwurf wurde inzwischen anderswo geändert. Kopieren Sie, was hier steht, und laden Sie dann "
        "die Seite neu."
    ),
    "EXPOSES_SOMEBODY": "Noch nicht veröffentlicht: Es führt zu einer Person.",
    "FORM_REFUSED": (
        "Ein Feld, das Menschen nicht sehen, war ausgefüllt. Nichts wurde gespeichert; laden Sie die Seite "
        "neu und versuchen Sie es noch einmal."
    ),
    "HANDLE_TAKEN": "Dieser Name ist vergeben. Wählen Sie einen anderen; nichts wurde gespeichert.",
    "KEPT_AWAY": "Dieses Mitglied nimmt von Ihnen nichts an. Nichts wurde gesendet.",
    "MAIL_LIMITED": (
        "An diese Adresse gingen zu viele Codes. Jetzt wurde nichts gesendet; warten Sie eine Stunde und "
        "versuchen Sie es dann erneut."
    ),
    "MALFORMED_REQUEST": (
        "Was Ihr Browser gesendet hat, war nicht lesbar. Nichts wurde gespeichert; laden Sie die Seite neu "
        "und versuchen Sie es noch einmal."
    ),
    "MEMBER_SUSPENDED": (
        "Ihr Konto ist auf Zeit gesperrt. Sie können lesen und Beschwerde einlegen, und später wieder schreiben."
    ),
    "METHOD_NOT_ALLOWED": (
        "Diese Seite öffnet sich nur aus ihrem Formular. Nichts wurde geändert; beginnen Sie auf der Seite "
        "davor noch einmal."
    ),
    "NAME_EXPOSES": (
        "Der Name, der daneben steht, enthält eine Adresse oder Nummer, die zu einer Person führt. Nichts "
        "wurde gespeichert; wählen Sie einen anderen."
    ),
    "NOTHING_TO_APPEAL": (
        "Es gibt nichts, wogegen sich Beschwerde einlegen lässt: Nichts wurde eingeschränkt, oder die Meldung"
        " war berechtigt."
    ),
    "NOT_YOURS": "Das kann nur ändern, wer es begonnen hat. Nichts wurde geändert.",
    "NO_GROUP": "Diesen Bereich lesen alle; es gibt nichts, dem man beitreten müsste.",
    "NO_QUESTION": "Eine Diskussion hat keine anerkannte Antwort. Nichts wurde geändert.",
    "NO_SUCH_CHOICE": "Diese Auswahl gibt es nicht. Nichts wurde geändert.",
    "NO_TERMS": "Diese Community hat noch keine Regeln, deshalb kann niemand schreiben.",
    "ONE_CHOICE": "Hier kann nur eines gewählt werden. Nichts wurde geändert.",
    "ORIGIN_REJECTED": "Dieses Formular kam nicht von einer unserer Seiten. Nichts wurde gespeichert.",
    "OTHER_HAS_LEFT": "Die andere Seite hat die Community verlassen; mehr lässt sich nicht schreiben.",
    "OWN_ACCOUNT": "Das ist Ihr eigenes Konto. Nichts wurde geändert und nichts gesendet.",
    "OWN_MESSAGE": "Das ist Ihre eigene Nachricht. Wo sie steht, können Sie sie wegnehmen.",
    "OWN_POST": "Das ist Ihr eigener Beitrag. Wo er steht, können Sie ihn ändern oder wegnehmen.",
    "OWN_REQUEST": "Auf diese Anfrage antwortet die andere Seite. Nichts wurde geändert.",
    "POLL_ANSWERED": "Jemand hat schon abgestimmt. Die Umfrage bleibt, wie sie ist.",
    "POLL_CHANGED": "Die Umfrage wurde inzwischen geändert. Nichts wurde gezählt; sehen Sie nach, dann stimmen Sie ab.",
    "POLL_CLOSED": "Diese Umfrage ist geschlossen. Nichts wurde geändert.",
    "POLL_CLOSE_TIME": "Eine Umfrage schließt später als jetzt und binnen eines Jahres. Nichts wurde veröffentlicht.",
    "POLL_NOT_FOUND": "Diese Umfrage gibt es nicht.",
    "POLL_OPTIONS": "Jede Auswahl sagt etwas, und etwas anderes als die übrigen.",
    "POSTED_BEFORE": "Das haben Sie schon veröffentlicht, oder fast das. Nichts wurde veröffentlicht.",
    "POST_CHANGED": "Dieser Beitrag wurde inzwischen geändert. Sehen Sie ihn sich im Thema an und speichern Sie dann.",
    "POST_EMPTY": "Es bliebe nichts zu lesen übrig. Nichts wurde veröffentlicht.",
    "POST_MASKED": "Etwas darin ist verdeckt, bis jemand darüber entschieden hat. Nichts wurde geändert.",
    "POST_NOT_SHOWN": "Ein Beitrag, der nicht gezeigt wird, lässt sich nicht ändern. Nichts wurde gespeichert.",
    "PROOF_EXPIRED": "Dieses Formular war zu lange offen. Nichts wurde gespeichert; senden Sie es noch einmal.",
    "PROOF_LIMITED": (
        "Zu viele Formulare kamen ohne das, was Browser berechnen. Nichts wurde gespeichert; schalten Sie "
        "Skripte ein oder warten Sie eine Stunde."
    ),
    "PROOF_MISSING": (
        "Was Ihr Browser für dieses Formular berechnet, kam nicht mit. Nichts wurde gespeichert; senden Sie "
        "es noch einmal."
    ),
    "PROOF_TOO_SOON": (
        "Ohne Skript wird dieses Formular erst nach einigen Sekunden angenommen. Nichts wurde gespeichert; "
        "senden Sie es gleich noch einmal."
    ),
    "PROOF_USED": "Dieses Formular wurde schon gesendet. Wenn daraus nichts wurde, senden Sie es noch einmal.",
    "PROOF_WRONG": (
        "Was Ihr Browser für dieses Formular berechnet hat, stimmt nicht. Nichts wurde gespeichert; senden "
        "Sie es noch einmal."
    ),
    "REQUEST_ID_REUSED": (
        "Dieses Formular wurde schon mit anderem Inhalt gesendet. Sehen Sie nach, ob das angekommen ist, und "
        "laden Sie dann die Seite neu."
    ),
    "REQUEST_TIMEOUT": (
        "Was Sie gesendet haben, kam zu langsam an. Nichts davon wurde gespeichert; senden Sie es noch einmal."
    ),
    "REQUEST_TOO_LARGE": "Was Sie gesendet haben, ist zu groß. Nichts davon wurde gespeichert; senden Sie weniger.",
    "SESSION_ENDED": "Sie sind nicht mehr angemeldet. Melden Sie sich wieder an; nichts wurde gespeichert.",
    "SIGN_IN_LIMITED": "Zu viele Versuche. Warten Sie einige Minuten und versuchen Sie es dann erneut.",
    "SIGN_IN_REJECTED": "Adresse oder Passwort stimmen nicht.",
    "SPACE_ARCHIVED": "In diesem Bereich wird nichts Neues mehr veröffentlicht. Lesen können Sie weiterhin.",
    "TERMS_NOT_ACCEPTED": (
        "Um zu schreiben, nehmen Sie erst die Regeln dieser Community an. Nichts wurde veröffentlicht."
    ),
    "TERMS_NOT_IN_FORCE": "Inzwischen gilt eine andere Fassung der Regeln. Lesen Sie sie und antworten Sie dann.",
    "TEXT_EMPTY": "Darin steht nichts zu lesen. Nichts wurde gespeichert.",
    "TEXT_MALFORMED": (
        "Darin steht ein Zeichen, das kein Text hat. Nichts wurde gespeichert; nehmen Sie es heraus und "
        "senden Sie noch einmal."
    ),
    "TOO_MANY_FILES": (
        "Das sind zu viele Dateien: Ein Beitrag trägt zehn, und nur einige warten zugleich. Nichts wurde geändert."
    ),
    "TOO_MANY_LINKS": (
        "Darin stehen mehr Links, als ein Beitrag von Ihnen derzeit tragen kann. Nehmen Sie einige heraus; "
        "nichts wurde veröffentlicht."
    ),
    "TOO_MANY_REQUESTS": (
        "Das war zu oft. Nichts wurde gespeichert; warten Sie eine Minute und versuchen Sie es dann erneut."
    ),
    "TOO_OFTEN": (
        "Das war oft in kurzer Zeit. Nichts wurde veröffentlicht oder gesendet; warten Sie etwas und "
        "versuchen Sie es dann erneut."
    ),
    "TOPIC_LOCKED": "Auf dieses Thema antwortet niemand mehr. Nichts wurde veröffentlicht.",
    "TOPIC_SLOWED": "Dieses Thema ist verlangsamt. Veröffentlichen Sie es etwas später.",
    "UNSUPPORTED_MEDIA_TYPE": "Diese Seite nimmt nur, was ihr Formular sendet. Nichts wurde gespeichert.",
    "WARNING_NOT_ACKNOWLEDGED": (
        "Um zu schreiben, bestätigen Sie erst, dass Sie den Hinweis gelesen haben. Nichts wurde veröffentlicht."
    ),
    "WORDS_MASKED": (
        "Einige dieser Wörter sind in diesem Thema verdeckt, bis jemand darüber entschieden hat. Nichts wurde"
        " gespeichert; sagen Sie es ohne sie."
    ),
    "404": "Diese Seite gibt es hier nicht, oder sie ist nicht für Sie.",
    "409": (
        "So, wie es jetzt steht, geht das nicht. Nichts wurde geändert; laden Sie die Seite neu und sehen Sie"
        " noch einmal nach."
    ),
    "429": "Das war zu oft. Warten Sie etwas und versuchen Sie es dann erneut.",
    "400": "Das wurde nicht getan. Nichts wurde gespeichert; gehen Sie zurück und versuchen Sie es noch einmal.",
}
