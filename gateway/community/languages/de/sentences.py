"""The sentences of the communities' pages in German, by what they are in English."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, str] = {
    "(as they stand in the post; nothing for all of it)": (
        "(wie sie im Beitrag stehen; nichts für den ganzen Beitrag)"
    ),
    "A draft keeps your text and no poll.": "Ein Entwurf behält Ihren Text und keine Umfrage.",
    (
        "A file was not taken: it is too large, empty, or of a kind that is not taken here. Nothing was "
        "posted. Your text and the other files are still here."
    ): (
        "Eine Datei wurde nicht angenommen: Sie ist zu groß, leer oder von einer Art, die hier nicht geht. "
        "Nichts wurde veröffentlicht. Ihr Text und die anderen Dateien sind noch da."
    ),
    "A moderator read this message, and no other, because it was reported:": (
        "Jemand von der Moderation hat diese Nachricht gelesen, und keine andere, weil sie gemeldet wurde:"
    ),
    "A reviewer of the platform read this message, and no other, because it was reported:": (
        "Jemand von der Prüfstelle der Plattform hat diese Nachricht gelesen, und keine andere, weil sie "
        "gemeldet wurde:"
    ),
    "A whole number. It is compared and kept nowhere.": (
        "Eine ganze Zahl. Sie wird verglichen und nirgends gespeichert."
    ),
    (
        "An account here is for this community only. It is linked to no chat, ticket or survey, even with the"
        " same address."
    ): (
        "Ein Konto hier gilt nur für diese Community. Es ist mit keinem Chat, Ticket und keiner Umfrage "
        "verknüpft, auch nicht bei gleicher Adresse."
    ),
    "An export of the community carries it.": "Ein Export der Community enthält es.",
    "At least 10 characters.": "Mindestens 10 Zeichen.",
    "Each mail has a link that ends them, without signing in.": (
        "Jede E-Mail hat einen Link, der sie beendet, ohne Anmeldung."
    ),
    "Everybody reads this, signed in or not.": "Das lesen alle, angemeldet oder nicht.",
    "Feeds carry it.": "Feeds enthalten es.",
    "Hidden from page, search and feeds, in {count} posts.": (
        "In {count} Beiträgen auf der Seite, in der Suche und in Feeds verborgen."
    ),
    "Hidden from page, search and feeds, in {count} posts..one": (
        "In einem Beitrag auf der Seite, in der Suche und in Feeds verborgen."
    ),
    "Hidden since {time}. The last encrypted backup of before expires by {day}.": (
        "Verborgen seit {time}. Die letzte verschlüsselte Sicherung von vorher verfällt bis zum {day}."
    ),
    "How many chose what is told once the poll is closed.": (
        "Wie viele was gewählt haben, erfährt man nach dem Schließen."
    ),
    "How many chose what is told once you have voted.": (
        "Wie viele was gewählt haben, erfahren Sie, sobald Sie abgestimmt haben."
    ),
    "I accept the terms of this community, version {number}.": (
        "Ich nehme die Regeln dieser Community in Fassung {number} an."
    ),
    "If that address has an account here, a code is on its way. It is good for an hour.": (
        "Falls es zu dieser Adresse hier ein Konto gibt, ist ein Code unterwegs. Er gilt eine Stunde."
    ),
    "If you leave today, the last encrypted backup that holds any of it expires by {day}.": (
        "Wenn Sie heute gehen, verfällt die letzte verschlüsselte Sicherung davon bis zum {day}."
    ),
    "In the words of the EU's transparency database": "In den Worten der Transparenzdatenbank der EU",
    "It goes at once and does not come back.": "Es geht sofort und kommt nicht zurück.",
    "It is folded where it stands, and search does not find it.": (
        "Es steht zugeklappt an seinem Platz, und die Suche findet es nicht."
    ),
    "It is not shown any more.": "Es wird nicht mehr gezeigt.",
    "It stands in the mail, in two groups of signs. Look among unwanted mail too.": (
        "Er steht in der E-Mail, in zwei Gruppen von Zeichen. Sehen Sie auch im Spam nach."
    ),
    "It was never changed.": "Er wurde nie geändert.",
    "It was removed for good, or what in it exposed somebody.": (
        "Es wurde endgültig entfernt, oder was darin jemanden bloßstellte."
    ),
    "Its author took this post away.": "Wer diesen Beitrag schrieb, hat ihn weggenommen.",
    ("Keep it: no other way leads back to this report. What was decided, and why, stands there once it is."): (
        "Bewahren Sie ihn auf: Kein anderer Weg führt zu dieser Meldung zurück. Dort steht, was entschieden "
        "wurde und warum, sobald es so weit ist."
    ),
    "Markdown works: *emphasis*, **strong**, `code`, lists, links.": (
        "Markdown geht: *betont*, **stark**, `Code`, Listen, Links."
    ),
    "Members of the community read this.": "Das lesen Mitglieder der Community.",
    "Members of this group read this.": "Das lesen Mitglieder dieser Gruppe.",
    "No address and no number.": "Keine Adresse und keine Nummer.",
    "No export of the community carries it.": "Kein Export der Community enthält es.",
    "No feed carries it.": "Kein Feed enthält es.",
    "No topic has a title like yours.": "Kein Thema hat einen ähnlichen Titel.",
    "Nobody else ever sees it.": "Niemand sonst sieht sie je.",
    "Nobody has begun a topic here yet.": "Hier hat noch niemand ein Thema begonnen.",
    "Nobody has decided yet. What was hidden stays hidden until then.": (
        "Noch hat niemand entschieden. Was verborgen wurde, bleibt es bis dahin."
    ),
    "Nobody has written to you, and you to nobody. On a member's page you can ask.": (
        "Niemand hat Ihnen geschrieben, und Sie niemandem. Auf der Seite eines Mitglieds können Sie anfragen."
    ),
    "Nobody sees who chose what.": "Niemand sieht, wer was gewählt hat.",
    "Nobody.": "Niemand.",
    "None.": "Keine.",
    "Not posted. Your text is still here; take it along.": (
        "Nicht veröffentlicht. Ihr Text ist noch da; nehmen Sie ihn mit."
    ),
    "Nothing is left of this post.": "Von diesem Beitrag ist nichts mehr da.",
    "Nothing more is written here.": "Hier wird nichts mehr geschrieben.",
    "Nothing of yours was ever restricted.": "Von Ihnen wurde nie etwas eingeschränkt.",
    "Nothing was found that you may read. Fewer words, or others, find more.": (
        "Nichts gefunden, was Sie lesen dürfen. Weniger oder andere Wörter finden mehr."
    ),
    "Nothing was restricted yet.": "Noch wurde nichts eingeschränkt.",
    "Nothing was sent. Your text is still here.": "Nichts wurde gesendet. Ihr Text ist noch da.",
    "Nothing yet. Follow a topic or a space to hear of what is new there.": (
        "Noch nichts. Folgen Sie einem Thema oder Bereich, um von Neuem dort zu hören."
    ),
    "Nothing.": "Nichts.",
    "Once a day, if there is something you have not seen": "Einmal am Tag, wenn es Ungesehenes gibt",
    "One moment. Your browser still calculates, which keeps programs out.": (
        "Einen Moment. Ihr Browser rechnet noch; das hält Programme fern."
    ),
    "Only members reply.": "Nur Mitglieder antworten.",
    (
        "Only this message is shown to whoever decides, as you see it here. That they read it is kept on "
        "record, and stands below the message."
    ): (
        "Wer entscheidet, sieht nur diese Nachricht, so wie Sie sie hier sehen. Dass sie gelesen wurde, wird "
        "festgehalten und steht unter der Nachricht."
    ),
    "Saved.": "Gespeichert.",
    "Search engines are asked to leave it out.": "Suchmaschinen werden gebeten, es auszulassen.",
    "Search engines may find it.": "Suchmaschinen dürfen es finden.",
    ('Several words are all looked for. "In quotes" they stand together; or finds either, and - leaves one out.'): (
        'Mehrere Wörter werden alle gesucht. "In Anführungszeichen" stehen sie beisammen; or findet eines '
        "davon, und - lässt eines aus."
    ),
    "Somebody decides about it; a refusal restores it, with reasons.": (
        "Jemand entscheidet darüber; eine Ablehnung stellt es mit Begründung wieder her."
    ),
    "Somebody has voted, or the poll is closed. It stays as it is.": (
        "Jemand hat abgestimmt, oder sie ist geschlossen. Sie bleibt, wie sie ist."
    ),
    "Somebody looks at it.": "Jemand sieht es sich an.",
    ("Somebody looks at this message, and at no other. When it was read stands below it from then on."): (
        "Jemand sieht sich diese Nachricht an, und keine andere. Wann sie gelesen wurde, steht von da an darunter."
    ),
    "Somebody reported it, and a person decided.": "Jemand hat es gemeldet, und ein Mensch hat entschieden.",
    "Somebody who wants to write to you asks first. Only the two of you read what is written.": (
        "Wer Ihnen schreiben möchte, fragt erst an. Nur Sie beide lesen, was geschrieben wird."
    ),
    "Taken away.": "Weggenommen.",
    "The law forbids it.": "Das Gesetz verbietet es.",
    "The moderation found it, and a person decided.": (
        "Die Moderation hat es gefunden, und ein Mensch hat entschieden."
    ),
    "The password is not right. You have not left, and nothing was changed.": (
        "Das Passwort stimmt nicht. Sie sind nicht ausgetreten, und nichts wurde geändert."
    ),
    (
        "The post and what it said before are removed at once. Its place in the topic stays, and what others "
        "quoted of it. The last encrypted backup that holds it expires 35 days later."
    ): (
        "Der Beitrag und was vorher darin stand werden sofort entfernt. Sein Platz im Thema bleibt, und was "
        "andere daraus zitiert haben. Die letzte verschlüsselte Sicherung, die ihn enthält, verfällt 35 Tage "
        "später."
    ),
    "The terms of this community forbid it.": "Die Regeln dieser Community verbieten es.",
    (
        "There is no report with this code, or a member made it. Check the code; if you reported as a member,"
        " sign in first."
    ): (
        "Es gibt keine Meldung mit diesem Code, oder sie stammt von einem Mitglied. Prüfen Sie den Code; wenn"
        " Sie als Mitglied gemeldet haben, melden Sie sich erst an."
    ),
    "There is no space yet.": "Es gibt noch keinen Bereich.",
    (
        "They are masked at once, here and wherever they are quoted in this topic, and gone from search, "
        "feeds and this page. Somebody then decides; a refusal restores them, with reasons."
    ): (
        "Sie werden sofort verdeckt, hier und überall, wo sie in diesem Thema zitiert sind, und verschwinden "
        "aus Suche, Feeds und dieser Seite. Dann entscheidet jemand; eine Ablehnung stellt sie mit Begründung"
        " wieder her."
    ),
    "They read this one message and decide. Nothing more can be written before they want it too.": (
        "Diese eine Nachricht wird gelesen, dann wird entschieden. Mehr kann erst geschrieben werden, wenn "
        "beide es wollen."
    ),
    "This community has no terms yet, so nobody can post.": (
        "Diese Community hat noch keine Regeln, deshalb kann niemand schreiben."
    ),
    (
        "This community has rules of its own. Its terms hold here, and the privacy policy of the chat and the"
        " help desk does not."
    ): (
        "Diese Community hat eigene Regeln. Hier gelten ihre Bedingungen und nicht die Datenschutzerklärung "
        "von Chat und Support."
    ),
    "This exposes me, or somebody else: it shows personal data": (
        "Das stellt mich oder jemand anderen bloß: Es zeigt persönliche Daten"
    ),
    "This is a group: only its members read what is posted in it.": (
        "Das ist eine Gruppe: Nur ihre Mitglieder lesen, was darin steht."
    ),
    "This leads to a person. Whoever reads it can find, call or write to them.": (
        "Das führt zu einer Person. Wer es liest, kann sie finden, anrufen oder ihr schreiben."
    ),
    "This message was removed after a decision.": "Diese Nachricht wurde nach einer Entscheidung entfernt.",
    "This post is hidden until somebody has decided about it.": (
        "Dieser Beitrag ist verborgen, bis jemand darüber entschieden hat."
    ),
    "This post waits for somebody to look at it.": "Dieser Beitrag wartet darauf, dass ihn sich jemand ansieht.",
    "This post was removed after a decision.": "Dieser Beitrag wurde nach einer Entscheidung entfernt.",
    "Three to thirty small letters, digits, _ and -. Everybody sees it.": (
        "Drei bis dreißig Kleinbuchstaben, Ziffern, _ und -. Alle sehen ihn."
    ),
    "Two to twenty. Once somebody has voted, they stay as they are.": (
        "Zwei bis zwanzig. Hat jemand abgestimmt, bleiben sie, wie sie sind."
    ),
    "We sent a code to that address. It is good for an hour.": (
        "Wir haben einen Code an diese Adresse geschickt. Er gilt eine Stunde."
    ),
    (
        "What is taken away is gone for good once you save. That there was a file stays visible, and its name does not."
    ): (
        "Was Sie wegnehmen, ist mit dem Speichern endgültig fort. Dass es eine Datei gab, bleibt sichtbar, "
        "ihr Name nicht."
    ),
    "What it said before stays visible, for all who read the topic.": (
        "Was vorher dort stand, bleibt für alle sichtbar, die das Thema lesen."
    ),
    ("What others quoted of you is theirs. The last encrypted backup that holds what was yours expires by {day}."): (
        "Was andere von Ihnen zitiert haben, gehört ihnen. Die letzte verschlüsselte Sicherung mit dem, was "
        "Ihres war, verfällt bis zum {day}."
    ),
    "What others wrote is theirs and stays either way.": (
        "Was andere geschrieben haben, gehört ihnen und bleibt in jedem Fall."
    ),
    "What you choose is kept, and never what was found.": (
        "Gespeichert wird, was Sie wählen, und nie, was gefunden wurde."
    ),
    "What you post may be read, collected and used by others, and used to write to you.": (
        "Was Sie veröffentlichen, können andere lesen, sammeln und nutzen, auch um Ihnen zu schreiben."
    ),
    "While you write the title, topics like it are listed here.": (
        "Ähnliche Themen stehen hier, während Sie den Titel schreiben."
    ),
    "Whoever asked is not told where you decline.": "Wer angefragt hat, erfährt nicht, wenn Sie ablehnen.",
    "Whoever reads this opens them. What a picture says of its camera and its place is left out.": (
        "Wer das liest, öffnet sie. Was ein Bild über Kamera und Ort sagt, wird weggelassen."
    ),
    (
        "Whom you ignore, you see folded. Whom you block can besides not answer you, name you or write to "
        "you. They are not told."
    ): (
        "Wen Sie ausblenden, sehen Sie zugeklappt. Wen Sie blockieren, kann Ihnen außerdem nicht antworten, "
        "Sie nicht nennen und Ihnen nicht schreiben. Die Person erfährt es nicht."
    ),
    ("Without a script this form is taken {seconds} seconds after it was opened, and a few times an hour."): (
        "Ohne Skript wird dieses Formular {seconds} Sekunden nach dem Öffnen angenommen, und einige Male in der Stunde."
    ),
    (
        "You are about to leave the community. From here on the privacy policy holds again, and the "
        "community's terms do not. Nothing is carried over."
    ): (
        "Sie verlassen gleich die Community. Von hier an gilt wieder die Datenschutzerklärung und nicht die "
        "Regeln der Community. Nichts wird mitgenommen."
    ),
    (
        "You are about to leave the help desk for the community. What you post there is public by nature, and"
        " the community's own terms hold instead of the privacy policy. Nothing is carried over: your account"
        " here is linked to nothing there."
    ): (
        "Sie verlassen gleich den Support und gehen in die Community. Was Sie dort veröffentlichen, ist "
        "seinem Wesen nach öffentlich, und statt der Datenschutzerklärung gelten die Regeln der Community. "
        "Nichts wird mitgenommen: Ihr Konto hier ist mit nichts dort verknüpft."
    ),
    "You began {count} topics.": "Sie haben {count} Themen begonnen.",
    "You began {count} topics..one": "Sie haben ein Thema begonnen.",
    "You can appeal until {day}. Somebody who has not decided before looks at it.": (
        "Sie können bis zum {day} Beschwerde einlegen. Jemand, der noch nicht entschieden hat, sieht sie sich an."
    ),
    "You can have them again in your account. One that is on its way may still arrive.": (
        "In Ihrem Konto können Sie sie wieder einschalten. Eine, die unterwegs ist, kann noch ankommen."
    ),
    "You have accepted these terms and read the warning. You may post.": (
        "Sie haben diese Regeln angenommen und den Hinweis gelesen. Sie dürfen schreiben."
    ),
    "You have asked to be let in. A moderator decides; this page opens once you are in.": (
        "Sie haben um Einlass gebeten. Die Moderation entscheidet; diese Seite öffnet sich, sobald Sie dabei sind."
    ),
    "You have asked. You can go on once the other wants it too.": (
        "Sie haben angefragt. Weiter geht es, sobald die andere Seite es auch will."
    ),
    "You have left. What you chose to take away is gone from these pages.": (
        "Sie sind ausgetreten. Was Sie wegnehmen wollten, ist von diesen Seiten verschwunden."
    ),
    "You may read and appeal, and not post for a time.": (
        "Sie können lesen und Beschwerde einlegen, und eine Zeit lang nicht schreiben."
    ),
    "You need no account for this.": "Dafür brauchen Sie kein Konto.",
    "You need not sign in. Your account stays as it is, and so does what you see in the community.": (
        "Sie müssen sich nicht anmelden. Ihr Konto bleibt, wie es ist, und auch, was Sie in der Community sehen."
    ),
    "You need not. Whoever does not agree reads on.": "Sie müssen nicht. Wer nicht zustimmt, liest weiter.",
    "You post as {handle}. Mail goes to {email}, which nobody else sees.": (
        "Sie schreiben als {handle}. E-Mails gehen an {email}; das sieht sonst niemand."
    ),
    ("You read everything here either way. To post, the terms have to be accepted and the warning above read."): (
        "Sie lesen hier in jedem Fall alles. Um zu schreiben, müssen die Regeln angenommen und der Hinweis "
        "oben gelesen sein."
    ),
    "You read it no more. What you posted in it stays, and to come back somebody has to let you in.": (
        "Sie lesen sie dann nicht mehr. Was Sie darin veröffentlicht haben, bleibt, und zurück lässt Sie nur "
        "jemand anderes."
    ),
    "You wrote {count} posts.": "Sie haben {count} Beiträge geschrieben.",
    "You wrote {count} posts..one": "Sie haben einen Beitrag geschrieben.",
    (
        "Your account, your address, your answers to the terms and what you read go either way. Chats, "
        "tickets and surveys are elsewhere and are not touched."
    ): (
        "Ihr Konto, Ihre Adresse, Ihre Antworten auf die Regeln und was Sie gelesen haben gehen in jedem "
        "Fall. Chats, Tickets und Umfragen liegen anderswo und bleiben unberührt."
    ),
    "Your appeal is on its way to somebody who has not decided before.": (
        "Ihre Beschwerde ist unterwegs zu jemandem, der noch nicht entschieden hat."
    ),
    "Your draft is kept. Only you see it.": "Ihr Entwurf ist gespeichert. Nur Sie sehen ihn.",
    "Your new password is set. Sign in with it.": "Ihr neues Passwort ist gesetzt. Melden Sie sich damit an.",
    "Your report was found to be right.": "Ihre Meldung war berechtigt.",
    "Your report was not found to be right.": "Ihre Meldung war nicht berechtigt.",
    "Your text is still here.": "Ihr Text ist noch da.",
    "{count} posts of others name you.": "{count} Beiträge anderer nennen Sie.",
    "{count} posts of others name you..one": "1 Beitrag anderer nennt Sie.",
    "{count} posts of others quote you.": "{count} Beiträge anderer zitieren Sie.",
    "{count} posts of others quote you..one": "1 Beitrag anderer zitiert Sie.",
    "{count} topics have a title like yours.": "{count} Themen haben einen ähnlichen Titel.",
    "{count} topics have a title like yours..one": "1 Thema hat einen ähnlichen Titel.",
}
