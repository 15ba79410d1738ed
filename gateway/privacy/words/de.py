"""The German words of the privacy centre. A key that is missing here is read in English.

A key that ends with `.one` stands for a count of one, and the key without it for every other count.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.privacy.words.records import DE

TAG, DIRECTION, NAME = "de", "ltr", "Deutsch"

_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip


def form(count: int) -> str:
    """Returns the plural form of a count."""
    return "one" if count == 1 else ""


def date(moment: datetime) -> str:
    """Writes a day."""
    return f"{moment.day}. {_MONTHS[moment.month - 1]} {moment.year}"


def time(moment: datetime) -> str:
    """Writes a day and a time of it."""
    return f"{date(moment)}, {moment:%H:%M} UTC"


MESSAGES: Mapping[str, str] = {
    **DE,
    "skip": "Zur Seite springen",
    "nav": "Ihre Daten",
    "nav.more": "Über {tenant}",
    "nav.held": "Was gespeichert ist",
    "nav.correct": "Berichtigen",
    "nav.copy": "Herunterladen",
    "nav.choices": "Entscheidungen",
    "nav.object": "Einschränken oder widersprechen",
    "nav.erase": "Löschen",
    "nav.complain": "Anmerken oder beschweren",
    "nav.track": "Anfrage verfolgen",
    "nav.notices": "Hinweise",
    "nav.policy": "Datenschutzerklärung",
    "nav.community": "Die Community, unter eigenen Bedingungen",
    "nav.recipients": "Wer etwas bekommen kann",
    "nav.home": "Mit einem Code öffnen",
    "leave": "Verlassen",
    "back": "Zurück",
    "open": "Öffnen",
    "languages": "Sprache",
    # Coming in
    "enter.title": "Ihr Datenschutz bei {tenant}",
    "enter.lead": "Sehen Sie, was {tenant} aus einem Chat über Sie gespeichert hat, berichtigen Sie es, "
    "nehmen Sie eine "
    "Kopie mit oder lassen Sie es löschen. Ein Konto brauchen Sie nicht.",
    "enter.heading": "Mit Ihrem Code öffnen",
    "enter.code": "Code auf Ihrem Beleg",
    "enter.hint": "Zwölf Zeichen, etwa K7QM-2XPD-9RTV. Sie finden ihn im Chat unter „Ihr Datenschutz“ und auf der "
    "letzten Seite des Chats.",
    "enter.button": "Öffnen",
    "enter.cookie": "Ein Cookie hält diese Seiten dann 30 Minuten lang offen. „Verlassen“ entfernt es sofort.",
    "enter.wrong": "Dieser Code öffnet hier nichts. Vielleicht ist er vertippt oder abgelaufen, oder seine "
    "Daten sind "
    "schon gelöscht. Es wurde nichts geändert.",
    "enter.limited": "Von hier wurden zu viele Codes versucht. Es wurde nichts geöffnet; warten Sie einige "
    "Minuten und "
    "versuchen Sie es dann noch einmal.",
    "enter.cookies": "Der Code stimmt, aber dieser Browser hat kein Cookie behalten, sodass die Seiten nicht offen "
    "bleiben. Erlauben Sie Cookies für diese Adresse, oder nehmen Sie die Knöpfe im Chat: „Kopie an mich“ und „Jetzt "
    "löschen“ brauchen keines.",
    "enter.without": "Ohne Code",
    "enter.track": "Eine Anfrage oder Beschwerde verfolgen",
    "enter.complain": "Etwas anmerken oder sich beschweren",
    "enter.notices": "Die Hinweise lesen, und was sich geändert hat",
    "enter.policy": "Die Datenschutzerklärung lesen, und was sich geändert hat",
    "enter.recipients": "Sehen, wer etwas bekommen kann",
    "expired.title": "Diese Seite war 30 Minuten lang offen",
    # Coming in by an address
    "email.heading": "Mit Ihrer E-Mail-Adresse öffnen",
    "email.address.label": "E-Mail-Adresse, die Sie für einen Chat bestätigt haben",
    "email.hint": "An sie geht ein Code. Er öffnet die Chats, für die Sie die Adresse bestätigt haben, und keine "
    "anderen.",
    "email.button": "Code zusenden",
    "email.sent": "Sehen Sie in Ihre Post",
    "email.sent.lead": "Wenn Post diese Adresse erreicht, ist binnen einer Minute ein Code darin. Er gilt "
    "zehn Minuten.",
    "email.code": "Code aus der E-Mail",
    "email.code.hint": "Acht Zeichen, etwa K7QM-2XPD.",
    "email.wrong": "Das ist nicht der Code aus der E-Mail, oder seine zehn Minuten sind vorbei. Es wurde nichts "
    "geöffnet.",
    "email.address": "Das ist keine E-Mail-Adresse der Form a@b.example. Es wurde nichts gesendet.",
    "email.limited": "An diese Adresse gingen schon viele Codes. Jetzt wurde nichts gesendet; warten Sie eine "
    "Stunde und "
    "versuchen Sie es dann noch einmal.",
    "email.nothing": "Die Adresse ist Ihre, aber sie wurde hier für keinen Chat bestätigt, oder was sie "
    "geöffnet hat, "
    "ist gelöscht. Der Code auf Ihrem Beleg öffnet den Chat trotzdem.",
    "email.over": "Dieser Zugang ist vorbei. Es wurde nichts geöffnet; lassen Sie sich einen neuen Code zusenden.",
    "email.prove": "Ohne den Code wiederkommen",
    "email.prove.hint": "Bestätigen Sie einmal eine Adresse, und 90 Tage lang öffnet auch eine E-Mail an sie diesen "
    "Chat. Von der Adresse bleibt nur ein Hash mit einem Schlüssel.",
    "complain.email": "E-Mail-Adresse",
    "email.chats": "Welcher Chat?",
    "email.chats.lead": "Sie haben die Adresse für mehrere bestätigt. Jeder öffnet sich für sich.",
    "email.chat": "Chat vom {time}",
    # What is held
    "held.title": "Was {tenant} über Sie gespeichert hat",
    "held.lead": "Gerade eben nachgesehen in allem, was {tenant} hier betreibt.",
    "held.until": "Alles löscht sich am {date} von selbst, wenn Sie bis dahin nichts mehr sagen. Sicherungen "
    "laufen bis "
    "zu 35 Tage später aus.",
    "held.until.open": "Der Tag, an dem es sich löscht, steht fest, sobald Ihr Chat endet.",
    "held.none": "Über Sie ist nichts mehr gespeichert.",
    "held.records": "{count} Datensätze",
    "held.records.one": "1 Datensatz",
    "held.values": "Zeigen, was darin steht",
    "held.why": "Wozu",
    "held.keeping": "Bis wann",
    "held.hidden": "Es ist gespeichert und wird nie gezeigt",
    "held.empty": "Leer",
    "held.more": "Mehr",
    "held.seen": "Wer es gesehen hat",
    "held.seen.none": "Niemand außer Ihnen hat es gesehen.",
    "held.asked": "Was Sie verlangt haben",
    "held.asked.none": "Sie haben bisher nichts verlangt.",
    "held.actions": "Was Sie tun können",
    "held.correct": "Etwas berichtigen",
    "held.copy": "Eine Kopie herunterladen",
    "held.erase": "Alles löschen",
    "held.rest": "Nummern, Zustände und Zählungen der Datensätze sagen nichts über Sie; sie stehen in der Kopie.",
    "value.CHOICE_KIND_RECOGNITION": "Auf dieser Seite wiedererkannt werden",
    "value.CHOICE_KIND_STATISTICS": "Mitgezählt werden",
    "value.CHOICE_KIND_INVITATIONS": "Zu einem Chat eingeladen werden",
    "value.CHOICE_KIND_CHAT": "Überhaupt chatten",
    "value.CHOICE_KIND_IDENTIFICATION": "Gefragt werden, wer Sie sind",
    "value.CHOICE_KIND_MONITORING_NOTICE": "Gesehen haben, dass ein Chat begleitet werden kann",
    "value.CHOICE_DECISION_GIVEN": "Ja",
    "value.CHOICE_DECISION_REFUSED": "Nein",
    "value.CHOICE_DECISION_WITHDRAWN": "Nicht mehr",
    "value.CHOICE_SOURCE_CLICK": "Sie haben geklickt",
    "value.CHOICE_SOURCE_SIGNAL": "Ihr Browser hat es gesagt",
    "side.SIDE_VISITOR": "Sie",
    "side.SIDE_OPERATOR": "{tenant}",
    "store.chat.conversations": "Der Chat selbst",
    "store.chat.messages": "Was gesagt wurde",
    "store.chat.answers": "Was Sie vor dem Chat geantwortet haben",
    "store.chat.access": "Wer den Chat gelesen hat",
    "store.identity.visitor_credentials": "Der Schlüssel, mit dem Ihr Browser den Chat erreicht",
    "store.identity.receipt_codes": "Der Code auf Ihrem Beleg",
    "store.identity.email_addresses": "E-Mail-Adressen, die Sie bestätigt haben",
    "store.identity.email_proofs": "E-Mail-Adressen, die gerade bestätigt werden",
    "store.identity.recognitions": "Dass Sie wiedererkannt werden",
    "store.privacy.choices": "Ihre Entscheidungen",
    "store.privacy.requests": "Was Sie zu Ihren Daten verlangt haben",
    "store.privacy.feedback": "Anmerkungen und Beschwerden",
    "store.privacy.ledger": "Das Verzeichnis, wer was gesehen hat",
    "store.other": "Andere Datensätze ({name})",
    "field.parley.chat.v1.Conversation.display_name": "Ihr Name",
    "field.parley.chat.v1.Conversation.language": "Ihre Sprache",
    "field.parley.chat.v1.Conversation.page_path": "Die Seite, auf der der Chat geöffnet wurde",
    "field.visitor_id": "Die Nummer, die Sie von anderen unterscheidet",
    "field.parley.identity.v1.RememberVisitorResponse.expire_time": "Bis wann Sie wiedererkannt werden",
    "field.parley.privacy.v1.Choice.kind": "Worüber Sie entschieden haben",
    "field.parley.privacy.v1.Choice.decision": "Was Sie gesagt haben",
    "field.parley.privacy.v1.Choice.source": "Wie Sie es gesagt haben",
    "field.receipt_code": "Der Code",
    "field.parley.chat.v1.Conversation.operator_id": "Die Nummer der Person, die geantwortet hat",
    "field.parley.chat.v1.Conversation.operator_name": "Wer geantwortet hat",
    "field.parley.chat.v1.Message.body": "Die Worte",
    "field.parley.chat.v1.Message.operator_id": "Die Nummer der Person, die es gesagt hat, wenn es das Team war",
    "field.parley.chat.v1.PreChatAnswer.text": "Was Sie geantwortet haben",
    "purpose.PURPOSE_ESSENTIAL_SERVICE": "um Ihnen zu antworten",
    "purpose.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT": "um ein Problem zu lösen, das Sie gemeldet haben",
    "purpose.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS": "um den Dienst am Laufen zu halten",
    "purpose.PURPOSE_ESSENTIAL_SERVICE_AUTHENTICATION": "um zu wissen, dass Sie es sind",
    "purpose.PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS": "um Ihnen zu sagen, was Sie betrifft",
    "purpose.PURPOSE_FUNCTIONAL_SERVICE_MONITORING": "um auf Güte zu achten",
    "purpose.PURPOSE_FUNCTIONAL_SERVICE_IMPROVE": "um den Dienst zu verbessern, in Zahlen, in denen niemand steht",
    "purpose.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION": "eine Pflicht aus dem Gesetz",
    "purpose.other": "ein anderer erklärter Zweck",
    "keeping.days": "{count} Tage, dann wird es gelöscht",
    "keeping.days.one": "1 Tag, dann wird es gelöscht",
    "keeping.RETENTION_TRANSCRIPT": "{count} Tage nach dem Ende des Chats",
    "keeping.RETENTION_TRANSCRIPT.one": "1 Tag nach dem Ende des Chats",
    "keeping.RETENTION_LEDGER": "{count} Tage, damit niemand sagen kann, es sei nicht geschehen",
    "keeping.RETENTION_LEDGER.one": "1 Tag, damit niemand sagen kann, es sei nicht geschehen",
    "keeping.open": "so lange wie der Datensatz, zu dem es gehört",
    "keeping.open.RETENTION_CREDENTIAL": "bis es abläuft oder zurückgenommen wird",
    "keeping.open.RETENTION_ACCOUNT": "solange es das Konto gibt",
    "role.you": "Sie",
    "role.operator": "jemand aus der Beratung",
    "role.supervisor": "jemand aus der Leitung",
    "role.support_agent": "jemand aus der Kundenhilfe",
    "role.moderator": "jemand aus der Moderation",
    "role.privacy_officer": "die Stelle für Datenschutz",
    "role.admin": "jemand aus der Verwaltung",
    "role.service_account": "ein Programm von {tenant}",
    "role.program": "ein Programm von {tenant}",
    "role.platform_support": "die Hilfe der Plattform, eingelassen von {tenant}",
    "role.platform": "die Plattform",
    "role.other": "jemand von {tenant}",
    "role.named": "{name} ({role})",
    "seen.KIND_READ": "Gelesen: {who}",
    "seen.KIND_EXPORT": "Kopie genommen: {who}",
    "seen.KIND_EMAIL": "Es ging als E-Mail hinaus",
    "seen.KIND_WEBHOOK": "Es ging an ein System von {tenant}",
    "seen.KIND_DISCLOSURE": "Es wurde in einem Rechtsfall offengelegt",
    "seen.KIND_PROOF": "Festgehalten, woran Sie erkannt wurden: {who}",
    "seen.KIND_SUPPORT_GRANT": "{tenant} hat die Hilfe der Plattform eingelassen",
    "seen.KIND_SUPPORT_USE": "Die Hilfe der Plattform kam herein",
    "seen.KIND_ERASURE": "Sie wurden vergessen",
    "seen.KIND_TRANSFER": "Es zog mit {tenant} auf eine andere Anlage um",
    "seen.KIND_CORRECTION": "Es wurde berichtigt",
    "seen.KIND_SEAL": "Es wurde versiegelt, oder ein Siegel wurde abgenommen",
    "seen.other": "Etwas damit getan: {who}",
    "copy.title": "Eine Kopie herunterladen",
    "copy.lead": "Ein Archiv mit allem: eine Seite zum Lesen und dasselbe als JSON für Programme. Es "
    "entsteht, während "
    "es gesendet wird, und bleibt nirgends liegen. Dass Sie es genommen haben, steht im Verzeichnis, wer was gesehen "
    "hat.",
    "copy.button": "Archiv herunterladen",
    # Correcting
    "correct.title": "Berichtigen, was falsch ist",
    "correct.lead": "Was Sie hier ändern, ändert sich überall, wo {tenant} es hat, auch in Kopien und in "
    "Post, die noch "
    "nicht hinausging.",
    "correct.none": "Es gibt nichts, was Sie selbst ändern könnten.",
    "correct.other": "Etwas anderes ist falsch",
    "correct.other.hint": "Die Stelle für Datenschutz liest das und antwortet bis zu dem Tag, den Sie sehen "
    "werden. Was "
    "Sie im Chat gesagt haben, wird auf diesem Weg berichtigt.",
    "correct.button": "Berichtigen",
    "correct.nothing": "Es wurde nichts geändert, also wurde nichts gesendet.",
    "correct.differs": "Es steht dort in mehreren Formen; was Sie schreiben, ersetzt alle.",
    "correct.form": "Ein Wert hat nicht die Form, die er braucht; eine Adresse sieht aus wie name@example.org. Es "
    "wurde nichts geändert, und was Sie geschrieben haben, steht noch da.",
    "asked.long": "Das ist länger als 4000 Zeichen. Es wurde nichts gesendet, und Ihr Text steht noch da.",
    "asked.many": "Viele Ihrer Anfragen werden noch beantwortet. Es wurde nichts gesendet; fragen Sie noch einmal, "
    "wenn das geschehen ist.",
    # Deleting
    "erase.title": "Alles löschen?",
    "erase.lead": "Damit wird überall und sofort gelöscht, was {tenant} über Sie gespeichert hat. Ein laufender Chat "
    "endet.",
    "erase.gone": "Was verschwindet",
    "erase.gone.text": "Ihr Name, was beide Seiten gesagt haben, Dateien, Ihre Entscheidungen, Ihre Codes und "
    "der Weg "
    "zurück zu alldem.",
    "erase.stays": "Was bleibt, und bis wann",
    "erase.stays.skeleton": "Dass es einen Chat gab, mit seinen Zeiten und mit nichts, was gesagt wurde.",
    "erase.stays.ledger": "Wer ihn gelesen hat, unter einer Nummer, die zu niemandem führt.",
    "erase.stays.backup": "Sicherungen: Die letzte, in der Sie noch stehen können, läuft in 35 Tagen aus. Was "
    "aus einer "
    "wiederhergestellt wird, wird wieder gelöscht, bevor es jemand sieht.",
    "erase.stays.mail": "Was vorher zugestellt wurde, etwa eine E-Mail. Wer es bekam, wird gebeten, es zu vergessen.",
    "erase.stays.hold": "Was zwei Menschen für einen Rechtsfall versiegelt haben, bis der Fall vorbei ist.",
    "erase.back": "Das lässt sich nicht zurücknehmen.",
    "erase.yes": "Alles löschen",
    "erase.no": "Behalten",
    "erasing.title": "Es wird gelöscht, was {tenant} über Sie gespeichert hat",
    "erasing.code": "Ihr Code, um das zu verfolgen: {code}. Er wird nur dieses eine Mal gezeigt.",
    "erasing.steps": "Wo es getan ist",
    "erasing.step.done": "{name}: getan",
    "erased.title": "Hier ist es weg.",
    "erased.lead": "Nichts von Ihnen kann mehr gelesen, gesucht oder ausgeleitet werden.",
    "erased.held": "Nichts von Ihnen kann mehr gelesen, gesucht oder ausgeleitet werden, außer durch den "
    "Rechtsfall, für "
    "den ein Teil versiegelt ist.",
    "erased.slow": "Ein Teil ist noch in Arbeit und geht ohne Sie weiter. Mit Ihrem Code sehen Sie später, "
    "dass es getan "
    "ist.",
    "service.chat": "Chats, Nachrichten und Dateien",
    "service.identity": "Codes, Schlüssel und das Wiedererkennen",
    "service.privacy": "Entscheidungen, Anfragen und Beschwerden",
    "service.other": "{name}",
    # Choices
    "choices.title": "Ihre Entscheidungen",
    "choices.lead": "Beide Antworten sind gleich gut, und Sie können sie jederzeit ändern. Sie werden "
    "aufbewahrt, weil "
    "Sie klicken, und für nichts anderes.",
    "choices.signal": "Ihr Browser bittet darum, dass man Ihnen nicht folgt (Global Privacy Control). Das zählt als "
    "„Nein“ zum Wiedererkennen, zur Statistik und zu Einladungen, was auch immer hier steht.",
    "choices.CHAT": "Überhaupt chatten",
    "choices.CHAT.text": "Mit „Nein“ wird Ihnen kein Chat angeboten. Sie können wiederkommen und Ja sagen.",
    "choices.INVITATIONS": "Zu einem Chat eingeladen werden",
    "choices.INVITATIONS.text": "Ob {tenant} Ihnen einen Chat anbieten darf, während Sie sich umsehen.",
    "choices.RECOGNITION": "Auf dieser Seite wiedererkannt werden",
    "choices.RECOGNITION.text": "Ein Cookie, höchstens 90 Tage lang, damit man weiß, dass der nächste Chat "
    "Ihrer ist. Ja "
    "sagen Sie im Chat, wo das Cookie ist.",
    "choices.STATISTICS": "Mitgezählt werden",
    "choices.STATISTICS.text": "In Zahlen, in denen niemand steht: wie viele Chats, wie viele Seiten.",
    "choices.IDENTIFICATION": "Gefragt werden, wer Sie sind",
    "choices.IDENTIFICATION.text": "Ob Sie vor einem Chat nach einem Namen und Ähnlichem gefragt werden. "
    "Nötig ist es "
    "nie.",
    "choices.yes": "Ja",
    "choices.no": "Nein",
    "choices.by.signal": "Ihr Browser sagt Nein",
    "choices.save": "Speichern",
    "choices.saved": "Gespeichert.",
    "choices.unchanged": "Es wurde nichts geändert.",
    # Restricting, objecting
    "object.title": "Einschränken oder widersprechen",
    "object.lead": "Für den Fall, dass Sie nicht löschen wollen.",
    "object.kind": "Worum bitten Sie?",
    "object.RESTRICT": "Aufbewahren, aber niemanden von {tenant} lesen lassen, bis ich es sage",
    "object.RESTRICT.text": "Etwa während eines Streits. Es gilt sofort.",
    "object.OBJECT": "Mit etwas aufhören, was damit getan wird",
    "object.OBJECT.text": "Die Stelle für Datenschutz entscheidet und antwortet Ihnen.",
    "object.details": "Was soll man wissen?",
    "object.button": "Senden",
    "object.missing": "Sagen Sie, um welches von beiden Sie bitten. Es wurde nichts gesendet.",
    "object.unsaid": "Sagen Sie, was nicht mehr geschehen soll. Es wurde nichts gesendet.",
    # Complaints
    "complain.title": "Anmerken oder beschweren",
    "complain.lead": "Es geht an die, die bei {tenant} für Datenschutz einstehen, und in keine andere Liste. "
    "Sie bekommen "
    "binnen 14 Tagen eine Antwort und brauchen kein Konto.",
    "complain.kind": "Was ist es?",
    "complain.COMMENT": "Eine Anmerkung oder Frage",
    "complain.COMPLAINT": "Eine Beschwerde",
    "complain.text": "Was möchten Sie sagen?",
    "complain.contact": "E-Mail-Adresse für die Antwort, wenn Sie mögen",
    "complain.contact.hint": "Ohne sie finden Sie die Antwort hier mit Ihrem Code.",
    "complain.button": "Senden",
    "complain.sent": "Angekommen",
    "complain.sent.lead": "Sie bekommen bis zum {date} eine Antwort.",
    "complain.code": "Ihr Code, um das zu verfolgen",
    "complain.once": "Er wird nur dieses eine Mal gezeigt. Schreiben oder kopieren Sie ihn ab.",
    "complain.missing": "Es wurde nichts gesendet. Sagen Sie, was es ist, und schreiben Sie etwas; Ihr Text "
    "ist noch da.",
    "complain.long": "Das ist länger als 5000 Zeichen. Es wurde nichts gesendet, und Ihr Text steht noch da.",
    "complain.address": "Es wurde nichts gesendet: Die Adresse hat eine andere Form als a@b.example. Ihr Text "
    "ist noch "
    "da.",
    # Following
    "track.title": "Eine Anfrage verfolgen",
    "track.lead": "Mit dem Code, den Sie bekamen, als Sie gefragt, sich beschwert oder alles haben löschen lassen.",
    "track.code": "Code",
    "track.button": "Zeigen",
    "track.wrong": "Unter diesem Code steht hier nichts. Vielleicht ist er vertippt oder zurückgenommen.",
    "track.withdraw": "Zurücknehmen",
    "track.withdraw.text": "Löscht, was Sie gesagt haben, wie weit es auch ist.",
    "track.withdrawn": "Zurückgenommen und gelöscht.",
    "request.title": "Ihre Anfrage",
    "request.sent": "Angekommen",
    "request.code": "Ihr Code, um sie zu verfolgen",
    "request.kind": "Verlangt",
    "request.state": "Wie es steht",
    "request.created": "Angekommen",
    "request.due": "Antwort fällig",
    "request.overdue": "Bis dahin hätte sie beantwortet sein sollen.",
    "request.closed": "Abgeschlossen",
    "request.answer": "Antwort",
    "request.steps": "Wo es getan wurde",
    "request.again": "Noch einmal nachsehen",
    "request.restricted": "In Kraft: Niemand von {tenant} liest, was über Sie gespeichert ist.",
    "request.receipt": "Was getan wurde",
    "request.remains": "Was bleibt, und bis wann",
    "request.bytes": "Der Speicher wird bis zum {date} überschrieben.",
    "request.backups": "Die letzte Sicherung, in der es noch stehen kann, läuft am {date} aus.",
    "request.delivered": "Vorher zugestellt, mit der Bitte zu vergessen: {what}, {date}.",
    "request.delivered.away": "Vorher zugestellt, seitdem nicht mehr erreichbar: {what}, {date}.",
    "request.held": "Für einen Rechtsfall versiegelt, bis er vorbei ist: {count} Datensätze.",
    "request.held.one": "Für einen Rechtsfall versiegelt, bis er vorbei ist: 1 Datensatz.",
    "request.nothing": "Sonst bleibt nichts.",
    "request.service": "Teil",
    "request.progress": "Stand",
    "kind.KIND_ACCESS": "Eine Kopie",
    "kind.KIND_CORRECT": "Eine Berichtigung",
    "kind.KIND_ERASE": "Vergessen zu werden",
    "kind.KIND_RESTRICT": "Dass es niemand liest",
    "kind.KIND_OBJECT": "Ein Widerspruch",
    "kind.FEEDBACK_KIND_COMMENT": "Eine Anmerkung oder Frage",
    "kind.FEEDBACK_KIND_COMPLAINT": "Eine Beschwerde",
    "kind.other": "Etwas anderes",
    "state.STATE_RUNNING": "In Arbeit",
    "state.STATE_WAITING": "Wartet auf die Stelle für Datenschutz",
    "state.STATE_DONE": "Getan",
    "state.STATE_REFUSED": "Nicht getan; die Antwort sagt, warum",
    "state.STATE_OVERTAKEN": "Hinfällig, weil vorher alles gelöscht wurde",
    "state.feedback.STATE_WAITING": "Wartet auf eine Antwort",
    "state.feedback.STATE_ANSWERED": "Beantwortet",
    "state.other": "Nicht bekannt",
    "step.STATE_PENDING": "in Arbeit",
    "step.STATE_RETRYING": "wird noch einmal versucht",
    "step.STATE_REFUSED": "geht nicht von selbst; ein Mensch sieht es sich an",
    "step.STATE_DONE": "getan",
    "done.found": "{count} kopiert",
    "done.corrected": "{count} berichtigt",
    "done.deleted": "{count} gelöscht",
    "done.emptied": "{count} geleert",
    "done.sealed": "{count} versiegelt",
    "done.held": "{count} für einen Rechtsfall gehalten",
    "done.none": "nichts zu tun",
    "said": "Was Sie gesagt haben",
    # Notices, policies, recipients
    "notices.title": "Hinweise vor einem Chat",
    "notices.lead": "Was man gesagt bekommt, bevor ein Chat beginnt. Jede Fassung bleibt hier; jede sagt, was sich "
    "geändert hat.",
    "notices.none": "Es gibt noch keinen Hinweis.",
    "policy.title": "Datenschutzerklärung",
    "policy.lead": "Jede Fassung bleibt hier; jede sagt, was sich geändert hat.",
    "policy.none": "{tenant} hat seine Erklärung nicht hier veröffentlicht.",
    "policy.elsewhere": "Die Erklärung, die {tenant} selbst veröffentlicht hat",
    "version": "Fassung {number}",
    "version.since": "seit {date}",
    "version.current": "gilt jetzt",
    "version.material": "eine wichtige Änderung",
    "version.changed": "Was sich seit Fassung {number} geändert hat",
    "version.first": "Das ist die erste Fassung.",
    "version.same": "Der Text ist derselbe.",
    "version.text": "Der Text",
    "version.added": "hinzugefügt",
    "version.removed": "entfernt",
    "version.summary": "Kurz gesagt",
    "version.policy": "Die Adresse der Erklärung hat sich geändert.",
    "version.questions": "Was vor dem Chat gefragt wird",
    "version.question.required": "nötig",
    "version.question.optional": "darf leer bleiben",
    "version.all": "Alle Fassungen",
    "version.key": "Durchgestrichen: entfernt. Unterstrichen: hinzugefügt.",
    "recipients.title": "Wer etwas über Sie bekommen kann",
    "recipients.lead": "Nichts geht an jemanden, der nicht in dieser Liste steht: Jede andere Verbindung wird "
    "verweigert.",
    "recipients.receives": "Was",
    "recipients.why": "Wozu",
    "recipients.unused": "Hier zurzeit nicht in Gebrauch",
    "recipients.RECIPIENT_KIND_PROCESSOR": "Arbeitet für die Plattform, nach deren Weisung",
    "recipients.RECIPIENT_KIND_TENANT": "Die Seite, auf der Sie chatten",
    "recipients.RECIPIENT_KIND_SUBJECT": "Sie",
    "recipients.RECIPIENT_KIND_AUTHORITY": "Eine Behörde, die das Gesetz fragen lässt, durch den Entschluss zweier "
    "Menschen",
    "recipients.other": "Andere",
    # Refusals
    "refused.title": "Das ging nicht",
    "refused.safe": "Es wurde nichts geändert.",
    "refused.limited": "Von hier kamen zu viele Anfragen. Es wurde nichts geändert; warten Sie eine Minute "
    "und versuchen "
    "Sie es dann noch einmal.",
    "refused.origin": "Das geht nur von diesen Seiten selbst aus. Es wurde nichts geändert; öffnen Sie sie "
    "noch einmal "
    "und tun Sie es dort.",
    "refused.other": "Die Anfrage ließ sich nicht ausführen. Es wurde nichts geändert.",
    "refused.missing": "Hier ist nichts, oder es ist nicht mehr da. Es wurde nichts geändert.",
    "refused.home": "Zum Anfang",
}
