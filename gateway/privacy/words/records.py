"""What the stores, their values and the parts of the platform are called for the people about whom they are.

Each line has a name of the contract or of a table, and its words in English, German and Arabic. A store or a value that
has none is shown in the contract's English, which a test forbids.
"""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str, str]] = {
    "service.survey": ("Surveys", "Umfragen", "الاستبيانات"),
    "service.support": ("Support requests", "Hilfeanfragen", "طلبات الدعم"),
    "store.chat.blocks": (
        "That you may not write for now",
        "Dass Sie zurzeit nicht schreiben können",
        "أنك لا تستطيع الكتابة حاليًا",
    ),
    "store.chat.attachments": ("Files", "Dateien", "الملفات"),
    "store.chat.conversation_tags": ("Keywords of the chat", "Stichwörter zum Chat", "كلمات المحادثة الدالة"),
    "store.chat.export_items": (
        "Copies in which the chat is",
        "Kopien, in denen der Chat steht",
        "النسخ التي فيها المحادثة",
    ),
    "store.chat.held_mails": (
        "Mails that wait to be let in",
        "Mails, die noch nicht zugelassen sind",
        "رسائل بريد تنتظر القبول",
    ),
    "store.chat.left_messages": ("Where you want the answer", "Wohin Sie die Antwort wünschen", "إلى أين تريد الجواب"),
    "store.chat.mail_threads": (
        "How the chat goes on by mail",
        "Wie der Chat per Mail weitergeht",
        "كيف تستمر المحادثة بالبريد",
    ),
    "store.chat.notes": ("Notes of the team", "Notizen des Teams", "ملاحظات الفريق"),
    "store.chat.revisions": (
        "What was said before it was changed",
        "Was vor einer Änderung dastand",
        "ما قيل قبل تغييره",
    ),
    "store.chat.transcript_mails": ("Copies of the chat by mail", "Kopien des Chats per Mail", "نسخ المحادثة بالبريد"),
    "store.chat.transfers": ("That the chat was handed on", "Dass der Chat weitergegeben wurde", "أن المحادثة أُحيلت"),
    "store.identity.access": (
        "Who read what you proved",
        "Wer gelesen hat, was Sie nachgewiesen haben",
        "من قرأ ما أثبتّه",
    ),
    "store.identity.proved_addresses": (
        "Addresses that open this chat",
        "Adressen, die diesen Chat öffnen",
        "عناوين تفتح هذه المحادثة",
    ),
    "store.identity.verified_visitors": (
        "Who the site says you are",
        "Wer Sie laut der Website sind",
        "من أنت بحسب الموقع",
    ),
    "store.survey.access": (
        "Who read your answers to a survey",
        "Wer Ihre Antworten auf eine Umfrage gelesen hat",
        "من قرأ إجاباتك عن استبيان",
    ),
    "store.survey.contacts": (
        "An address for questions about your answers",
        "Eine Adresse für Rückfragen zu Ihren Antworten",
        "عنوان للسؤال عن إجاباتك",
    ),
    "store.survey.responses": (
        "That you answered a survey",
        "Dass Sie auf eine Umfrage geantwortet haben",
        "أنك أجبت عن استبيان",
    ),
    "store.survey.answers": (
        "What you chose in a survey",
        "Was Sie in einer Umfrage gewählt haben",
        "ما اخترته في استبيان",
    ),
    "store.survey.texts": (
        "What you wrote in a survey",
        "Was Sie in einer Umfrage geschrieben haben",
        "ما كتبته في استبيان",
    ),
    "store.survey.waiting_contacts": (
        "An address that is still kept with your answers",
        "Eine Adresse, die noch bei Ihren Antworten steht",
        "عنوان ما زال محفوظًا مع إجاباتك",
    ),
    "store.support.tickets": (
        "What you asked for help with",
        "Wobei Sie um Hilfe gebeten haben",
        "ما طلبت المساعدة فيه",
    ),
    "store.support.entries": (
        "What you wrote to support",
        "Was Sie der Hilfe geschrieben haben",
        "ما كتبته للدعم",
    ),
    "store.support.files": (
        "Files that you sent to support",
        "Dateien, die Sie der Hilfe geschickt haben",
        "الملفات التي أرسلتها إلى الدعم",
    ),
    "store.support.waiting_files": (
        "Files that wait for your request to be sent",
        "Dateien, die auf das Absenden Ihrer Anfrage warten",
        "ملفات تنتظر إرسال طلبك",
    ),
    "store.support.field_values": (
        "What you filled in about it",
        "Was Sie dazu angegeben haben",
        "ما ذكرته عنه",
    ),
    "store.support.events": (
        "What happened to your request",
        "Was mit Ihrer Anfrage geschah",
        "ما جرى لطلبك",
    ),
    "store.support.clocks": (
        "By when you are to be answered",
        "Bis wann Ihnen geantwortet werden soll",
        "الموعد المقرر للرد عليك",
    ),
    "store.support.drafts": (
        "Answers that are being written",
        "Antworten, die gerade entstehen",
        "ردود قيد الكتابة",
    ),
    "store.support.undos": (
        "What the team can take back",
        "Was das Team zurücknehmen kann",
        "ما يستطيع الفريق التراجع عنه",
    ),
    "store.support.change_answers": (
        "What the team just changed",
        "Was das Team eben geändert hat",
        "ما غيّره الفريق للتو",
    ),
    "store.support.rule_runs": (
        "Which rules were followed",
        "Welche Regeln angewandt wurden",
        "القواعد التي طُبّقت",
    ),
    "store.support.followers": (
        "Who of the team follows your request",
        "Wer im Team Ihre Anfrage verfolgt",
        "من يتابع طلبك من الفريق",
    ),
    "store.support.viewers": (
        "Who of the team looks at your request",
        "Wer im Team Ihre Anfrage ansieht",
        "من ينظر في طلبك من الفريق",
    ),
    "store.support.links": (
        "Requests that belong together",
        "Anfragen, die zusammengehören",
        "طلبات مترابطة",
    ),
    "store.support.ticket_mails": (
        "How your request goes on by mail",
        "Wie Ihre Anfrage per Mail weitergeht",
        "كيف يستمر طلبك بالبريد",
    ),
    "store.support.ticket_tags": (
        "Keywords of your request",
        "Stichwörter zu Ihrer Anfrage",
        "كلمات طلبك الدالة",
    ),
    "store.privacy.access": ("Who read your comments", "Wer Ihre Anmerkungen gelesen hat", "من قرأ تعليقاتك"),
    "store.privacy.ledger_people": (
        "The number that stands for you in the record",
        "Die Nummer, die im Verzeichnis für Sie steht",
        "الرقم الذي يمثّلك في السجل",
    ),
    "store.privacy.receipt_lines": ("What was done where", "Was wo getan wurde", "ما فُعل وأين"),
    "store.privacy.request_corrections": ("What you had put right", "Was Sie berichtigen ließen", "ما طلبت تصحيحه"),
    "store.privacy.request_steps": ("How far your requests are", "Wie weit Ihre Anfragen sind", "إلى أين وصلت طلباتك"),
    "store.privacy.webhook_deliveries": (
        "What the company's systems were told",
        "Was Systemen des Unternehmens mitgeteilt wurde",
        "ما أُبلغت به أنظمة الشركة",
    ),
    "store.privacy.webhook_tellings": (
        "What the company's systems are told yet",
        "Was Systemen des Unternehmens noch mitgeteilt wird",
        "ما ستُبلغ به أنظمة الشركة",
    ),
    "store.privacy.webhook_recalls": (
        "Which systems are told to forget you",
        "Welche Systeme Sie vergessen sollen",
        "الأنظمة التي يُطلب منها نسيانك",
    ),
    "field.parley.support.v1.Ticket.requester_id": (
        "The number of who asked",
        "Die Nummer dessen, der gefragt hat",
        "رقم صاحب الطلب",
    ),
    "field.parley.support.v1.Ticket.subject": (
        "What it is about",
        "Worum es geht",
        "الموضوع",
    ),
    "field.parley.support.v1.Ticket.site_url": (
        "The site that it is about",
        "Die Website, um die es geht",
        "الموقع المعني",
    ),
    "field.parley.support.v1.Ticket.language": (
        "Your language",
        "Ihre Sprache",
        "لغتك",
    ),
    "field.parley.support.v1.Entry.body": (
        "The words",
        "Die Worte",
        "الكلمات",
    ),
    "field.parley.support.v1.Entry.author_id": (
        "The number of who wrote it",
        "Die Nummer dessen, der es schrieb",
        "رقم من كتبه",
    ),
    "field.parley.support.v1.Entry.quoted_text": (
        "What was quoted",
        "Was zitiert wurde",
        "ما اقتُبس",
    ),
    "field.parley.support.v1.FieldValue.value": (
        "What you filled in",
        "Was Sie angegeben haben",
        "ما ذكرته",
    ),
    "field.parley.support.v1.Viewer.display_name": (
        "Who of the team",
        "Wer aus dem Team",
        "من الفريق",
    ),
    "field.purpose": ("What for", "Wozu", "الغرض"),
    "field.first_time": ("Since when", "Seit wann", "منذ متى"),
    "field.last_time": ("Until when", "Bis wann", "حتى متى"),
    "field.staff_id": (
        "The number of a member of the team",
        "Die Nummer von jemandem aus dem Team",
        "رقم أحد أفراد الفريق",
    ),
    "field.staff_name": (
        "The name of a member of the team",
        "Der Name von jemandem aus dem Team",
        "اسم أحد أفراد الفريق",
    ),
    "field.parley.chat.v1.Reader.display_name": ("Who", "Wer", "من"),
    "field.parley.chat.v1.Block.reason": ("Why", "Warum", "السبب"),
    "field.watcher_id": ("The number of who watches", "Die Nummer von jemandem, der mitliest", "رقم من يتابع"),
    "field.offered_to_id": (
        "The number of who is asked to answer",
        "Die Nummer von jemandem, der antworten soll",
        "رقم من طُلب منه الجواب",
    ),
    "field.rating": ("Your rating, from 1 to 5", "Ihre Bewertung, von 1 bis 5", "تقييمك، من 1 إلى 5"),
    "field.filename": ("The name of the file", "Der Name der Datei", "اسم الملف"),
    "field.parley.chat.v1.AppliedTag.word": ("The keyword", "Das Stichwort", "الكلمة الدالة"),
    "field.parley.chat.v1.HeldMail.sender": ("From which address", "Von welcher Adresse", "من أي عنوان"),
    "field.parley.chat.v1.HeldMail.text": ("The words", "Die Worte", "الكلمات"),
    "field.reply_email": ("Your address for the answer", "Ihre Adresse für die Antwort", "عنوانك للجواب"),
    "field.fingerprint": ("A sign of the address", "Ein Kennzeichen der Adresse", "علامة العنوان"),
    "field.last_message_id": ("A sign of the last mail", "Ein Kennzeichen der letzten Mail", "علامة آخر رسالة"),
    "field.parley.chat.v1.PreviousText.body": ("The words", "Die Worte", "الكلمات"),
    "field.parley.chat.v1.TranscriptMail.email": ("The address", "Die Adresse", "العنوان"),
    "field.from_staff_id": (
        "The number of who handed it on",
        "Die Nummer von jemandem, der weitergab",
        "رقم من أحالها",
    ),
    "field.to_staff_id": ("The number of who took it", "Die Nummer von jemandem, der übernahm", "رقم من استلمها"),
    "field.parley.identity.v1.StartEmailProofRequest.email": (
        "A sign of the address",
        "Ein Kennzeichen der Adresse",
        "علامة العنوان",
    ),
    "field.email_proof": ("The proof", "Der Nachweis", "الإثبات"),
    "field.parley.identity.v1.CheckEmailProofResponse.email": (
        "A sign of the address",
        "Ein Kennzeichen der Adresse",
        "علامة العنوان",
    ),
    "field.visits": ("How often you came", "Wie oft Sie kamen", "كم مرة جئت"),
    "field.visit_time": ("When you came last", "Wann Sie zuletzt kamen", "متى جئت آخر مرة"),
    "field.external_id": ("Your number at the site", "Ihre Nummer bei der Website", "رقمك في الموقع"),
    "field.parley.identity.v1.GetVisitorIdentityResponse.display_name": ("Your name", "Ihr Name", "اسمك"),
    "field.parley.identity.v1.GetVisitorIdentityResponse.email": ("Your address", "Ihre Adresse", "عنوانك"),
    "field.visitor_credential": ("The key", "Der Schlüssel", "المفتاح"),
    "field.parley.survey.v1.Contact.email": ("The address", "Die Adresse", "العنوان"),
    "field.parley.survey.v1.Contact.week": (
        "In which week you gave it",
        "In welcher Woche Sie sie angegeben haben",
        "في أي أسبوع أعطيته",
    ),
    "field.parley.survey.v1.SubmitResponseRequest.invitation": ("The invitation", "Die Einladung", "الدعوة"),
    "field.parley.survey.v1.Response.day": ("On which day", "An welchem Tag", "في أي يوم"),
    "field.parley.survey.v1.Response.language": ("In which language", "In welcher Sprache", "بأي لغة"),
    "field.age_band": (
        "Your age, in a band of years",
        "Ihr Alter, in einer Spanne von Jahren",
        "عمرك ضمن مجال من السنين",
    ),
    "field.wants_follow_up": ("Whether you want to be asked", "Ob Sie gefragt werden möchten", "هل تريد أن تُسأل"),
    "field.choice_ids": ("What you chose", "Was Sie gewählt haben", "ما اخترته"),
    "field.parley.survey.v1.Text.text": ("What you wrote", "Was Sie geschrieben haben", "ما كتبته"),
    "field.parley.survey.v1.Text.tags": ("Keywords of it", "Stichwörter dazu", "كلماته الدالة"),
    "field.parley.privacy.v1.Feedback.text": ("What you wrote", "Was Sie geschrieben haben", "ما كتبته"),
    "field.parley.privacy.v1.Feedback.contact": (
        "Your address for the answer",
        "Ihre Adresse für die Antwort",
        "عنوانك للجواب",
    ),
    "field.parley.privacy.v1.Feedback.answer": ("What you were answered", "Was Ihnen geantwortet wurde", "ما أُجبت به"),
    "field.parley.privacy.v1.SubmitFeedbackResponse.code": ("The code", "Der Code", "الرمز"),
    "field.parley.subject.v1.Subject.id": ("Your number", "Ihre Nummer", "رقمك"),
    "field.pseudonym": ("The number that stands for you", "Die Nummer, die für Sie steht", "الرقم الذي يمثّلك"),
    "field.subject_id": ("Your number", "Ihre Nummer", "رقمك"),
    "field.parley.privacy.v1.SubjectRequest.details": ("What you wrote", "Was Sie geschrieben haben", "ما كتبته"),
    "field.parley.privacy.v1.SubjectRequest.answer": (
        "What you were answered",
        "Was Ihnen geantwortet wurde",
        "ما أُجبت به",
    ),
    "field.parley.privacy.v1.SubjectRequest.proof": (
        "How the team knew you",
        "Woran das Team Sie erkannt hat",
        "كيف عرفك الفريق",
    ),
    "field.notice_hash": ("Under which notice", "Unter welchem Hinweis", "بموجب أي إشعار"),
    "field.parley.privacy.v1.Choice.create_time": ("When you said it", "Wann Sie es gesagt haben", "متى قلته"),
    "field.parley.privacy.v1.Correction.value": ("The right value", "Der richtige Wert", "القيمة الصحيحة"),
}

EN: Mapping[str, str] = {name: words[0] for name, words in _WORDS.items()}
DE: Mapping[str, str] = {name: words[1] for name, words in _WORDS.items()}
AR: Mapping[str, str] = {name: words[2] for name, words in _WORDS.items()}
