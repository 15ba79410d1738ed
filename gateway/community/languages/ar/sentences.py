"""The sentences of the communities' pages in Arabic, by what they are in English."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, str] = {
    "(as they stand in the post; nothing for all of it)": "(كما وردت في المشاركة؛ اتركه فارغًا للمشاركة كلها)",
    (
        "A file was not taken: it is too large, empty, or of a kind that is not taken here. Nothing was posted. "
        "Your text and the other files are still here."
    ): (
        "لم يُقبل أحد الملفات: إما كبير جدًا أو فارغ أو من نوع غير مقبول هنا. لم يُنشر شيء. نصك والملفات الأخرى "
        "ما زالت هنا."
    ),
    "A draft keeps your text and no poll.": "تحتفظ المسودة بنصك دون الاستطلاع.",
    "A moderator read this message, and no other, because it was reported:": (
        "قرأ أحد المشرفين هذه الرسالة، دون غيرها، لأنه أُبلغ عنها:"
    ),
    "A reviewer of the platform read this message, and no other, because it was reported:": (
        "قرأ أحد مراجعي المنصة هذه الرسالة، دون غيرها، لأنه أُبلغ عنها:"
    ),
    (
        "An account here is for this community only. It is linked to no chat, ticket or survey, even with the same "
        "address."
    ): ("الحساب هنا لهذا المجتمع وحده، ولا يرتبط بأي محادثة أو تذكرة أو استبيان حتى لو كان العنوان نفسه."),
    "An export of the community carries it.": "يتضمنه تصدير المجتمع.",
    "At least 10 characters.": "10 أحرف على الأقل.",
    "Each choice of a poll says something, and something else than the others.": (
        "لكل خيار في الاستطلاع معنى مختلف عن غيره."
    ),
    "Each mail has a link that ends them, without signing in.": "في كل رسالة رابط يوقفها دون تسجيل الدخول.",
    "Everybody reads this, signed in or not.": "يقرأ هذا الجميع، بتسجيل دخول أو بدونه.",
    "Feeds carry it.": "تتضمنه الخلاصات.",
    "Hidden from page, search and feeds, in {count} posts.": "أُخفي من الصفحة والبحث والخلاصات في {count} مشاركة.",
    "Hidden from page, search and feeds, in {count} posts..few": "أُخفي من الصفحة والبحث والخلاصات في {count} مشاركات.",
    "Hidden from page, search and feeds, in {count} posts..one": "أُخفي من الصفحة والبحث والخلاصات في مشاركة واحدة.",
    "Hidden from page, search and feeds, in {count} posts..two": "أُخفي من الصفحة والبحث والخلاصات في مشاركتين.",
    "How many chose what is told once the poll is closed.": "يُعرض عدد الأصوات بعد إغلاق الاستطلاع.",
    "How many chose what is told once you have voted.": "يُعرض عدد الأصوات بعد أن تصوّت.",
    "I accept the terms of this community, version {number}.": "أقبل شروط هذا المجتمع، النسخة {number}.",
    "If that address has an account here, a code is on its way. It is good for an hour.": (
        "إن كان لهذا العنوان حساب هنا فالرمز في الطريق إليه، وهو صالح لساعة."
    ),
    "It is compared and kept nowhere.": "يُقارن ولا يُحفظ في أي مكان.",
    "It was never changed.": "لم تُعدَّل قط.",
    "Its author took this post away.": "سحب الكاتب هذه المشاركة.",
    "Markdown works: *emphasis*, **strong**, `code`, lists, links.": (
        "تعمل صيغة Markdown: *تمييز*، **غامق**، `شيفرة`، قوائم، روابط."
    ),
    "Members of the community read this.": "يقرأ هذا أعضاء المجتمع.",
    "Members of this group read this.": "يقرأ هذا أعضاء هذه المجموعة.",
    "No export of the community carries it.": "لا يتضمنه أي تصدير للمجتمع.",
    "No feed carries it.": "لا تتضمنه أي خلاصة.",
    "No topic has a title like yours.": "لا يوجد موضوع بعنوان مشابه لعنوانك.",
    "Nobody else ever sees it.": "لا يراه أحد غيرك أبدًا.",
    "Nobody has begun a topic here yet.": "لم يبدأ أحد موضوعًا هنا بعد.",
    "Nobody has decided yet. What was hidden stays hidden until then.": (
        "لم يُتخذ قرار بعد. وما أُخفي يبقى مخفيًا حتى ذلك الحين."
    ),
    "Nobody has written to you, and you to nobody. On a member's page you can ask.": (
        "لم يكتب إليك أحد ولم تكتب إلى أحد. يمكنك إرسال طلب من صفحة أي عضو."
    ),
    "Nobody sees who chose what.": "لا يرى أحد من اختار ماذا.",
    "Nobody.": "لا أحد.",
    "None.": "لا شيء.",
    "Not posted yet: it leads to a person.": "لم يُنشر بعد: فيه ما يدل على شخص.",
    "Not posted. Your text is still here; take it along.": "لم يُنشر. نصك ما زال هنا؛ خذه معك.",
    "Nothing is left of this post.": "لم يبق شيء من هذه المشاركة.",
    "Nothing more is written here.": "لا تُكتب رسائل هنا بعد الآن.",
    "Nothing of yours was ever restricted.": "لم يُقيَّد شيء لك قط.",
    "Nothing was found that you may read.": "لم يُعثر على شيء يمكنك قراءته.",
    "Nothing was restricted yet.": "لم يُقيَّد شيء بعد.",
    "Nothing was sent. Your text is still here.": "لم يُرسل شيء. نصك ما زال هنا.",
    "Nothing yet. Follow a topic or a space to hear of what is new there.": (
        "لا شيء بعد. تابع موضوعًا أو قسمًا لتعرف جديده."
    ),
    "Nothing.": "لا شيء.",
    "Once a day, if there is something you have not seen": "مرة في اليوم إن وُجد ما لم تره",
    "One moment. Your browser still calculates, which keeps programs out.": (
        "لحظة من فضلك. ما زال متصفحك يحسب، وهذا يُبعد البرامج."
    ),
    "Only members reply.": "الرد للأعضاء فقط.",
    (
        "Only this message is shown to whoever decides, as you see it here. That they read it is kept on record, "
        "and stands below the message."
    ): ("لا يرى من يقرر إلا هذه الرسالة كما تراها هنا. وتُسجَّل قراءتها وتظهر تحت الرسالة."),
    "Saved.": "حُفظ.",
    "Search engines are asked to leave it out.": "يُطلب من محركات البحث استبعاده.",
    "Search engines may find it.": "يمكن لمحركات البحث إيجاده.",
    "Small letters, digits, _ and -. Everybody sees it.": "أحرف لاتينية صغيرة وأرقام و _ و -. يراه الجميع.",
    (
        "Somebody decides about it; a refusal restores it, with reasons. Encrypted backups of before expire within "
        "35 days."
    ): ("سيقرر أحدهم بشأنه؛ وإن رُفض البلاغ أُعيد مع ذكر الأسباب. تنتهي النسخ الاحتياطية المشفرة السابقة خلال 35 يومًا."),
    "Somebody has voted already. The poll stays as it is.": "صوّت أحدهم بالفعل. يبقى الاستطلاع كما هو.",
    "Somebody has voted, or the poll is closed. It stays as it is.": "صوّت أحدهم أو أُغلق الاستطلاع، فيبقى كما هو.",
    "Somebody looks at it.": "سينظر فيه أحدهم.",
    "Somebody looks at this message, and at no other. When it was read stands below it from then on.": (
        "سينظر أحدهم في هذه الرسالة دون غيرها، وسيظهر تحتها وقت قراءتها."
    ),
    "Somebody who wants to write to you asks first. Only the two of you read what is written.": (
        "من يريد الكتابة إليك يستأذن أولًا. ولا يقرأ ما يُكتب سواكما."
    ),
    "Something is missing, too long or malformed. Nothing was kept.": (
        "شيء ما ناقص أو طويل جدًا أو غير صحيح. لم يُحفظ شيء."
    ),
    "Taken away.": "سُحبت.",
    "That was often in a short time. Nothing was posted; wait a while, then try again.": (
        "تكرر ذلك كثيرًا في وقت قصير. لم يُنشر شيء؛ انتظر قليلًا ثم أعد المحاولة."
    ),
    "That was often in a short time. Nothing was sent; wait a while, then try again.": (
        "تكرر ذلك كثيرًا في وقت قصير. لم يُرسل شيء؛ انتظر قليلًا ثم أعد المحاولة."
    ),
    "The address or the password is not right.": "العنوان أو كلمة المرور غير صحيحة.",
    (
        "The post and what it said before are removed at once. Its place in the topic stays, and what others quoted "
        "of it. The last encrypted backup that holds it goes after 35 days."
    ): (
        "تُزال المشاركة وما كان فيها من قبل فورًا. ويبقى مكانها في الموضوع وما اقتبسه الآخرون منها. وتنتهي آخر "
        "نسخة احتياطية مشفرة تحتويها بعد 35 يومًا."
    ),
    "The poll was changed meanwhile. Nothing was counted; look, then vote.": (
        "تغيّر الاستطلاع في هذه الأثناء. لم يُحتسب شيء؛ راجعه ثم صوّت."
    ),
    "There is no report with this code, or it is somebody else's.": "لا يوجد بلاغ بهذا الرمز، أو هو لشخص آخر.",
    "There is no space yet.": "لا يوجد قسم بعد.",
    "There is no such page here, or it is not for you to read.": "لا توجد صفحة كهذه هنا، أو ليست لك قراءتها.",
    (
        "They are masked at once, here and wherever they are quoted in this topic, and gone from search, feeds and "
        "this page. Somebody then decides; a refusal restores them, with reasons."
    ): (
        "تُخفى فورًا هنا وحيثما اقتُبست في هذا الموضوع، وتختفي من البحث والخلاصات وهذه الصفحة. ثم يقرر أحدهم؛ وإن "
        "رُفض البلاغ أُعيدت مع ذكر الأسباب."
    ),
    "There is no such poll.": "لا يوجد استطلاع كهذا.",
    "They read this one message and decide. Nothing more can be written before they want it too.": (
        "تُقرأ هذه الرسالة وحدها ثم يُتخذ القرار. ولا يمكن كتابة المزيد قبل موافقة الطرف الآخر."
    ),
    "This community has no terms yet, so nobody can post.": "ليست لهذا المجتمع شروط بعد، فلا يمكن لأحد النشر.",
    (
        "This community has rules of its own. Its terms hold here, and the privacy policy of the chat and the help "
        "desk does not."
    ): ("لهذا المجتمع قواعده الخاصة. تسري هنا شروطه، ولا تسري سياسة خصوصية المحادثة ومركز المساعدة."),
    "This exposes me, or somebody else: it shows personal data": "هذا يكشفني أو يكشف غيري: يعرض بيانات شخصية",
    "This form was not sent from a page of this community. Nothing was kept.": (
        "لم يُرسل هذا النموذج من صفحة لهذا المجتمع. لم يُحفظ شيء."
    ),
    "This form was open for too long. Nothing was kept; send it again.": (
        "بقي هذا النموذج مفتوحًا أطول مما ينبغي. لم يُحفظ شيء؛ أرسله مرة أخرى."
    ),
    "This form was sent before. If nothing came of that, send it again.": (
        "أُرسل هذا النموذج من قبل. إن لم ينتج عن ذلك شيء فأرسله مرة أخرى."
    ),
    "This is a group: only its members read what is posted in it.": "هذه مجموعة: لا يقرأ ما يُنشر فيها إلا أعضاؤها.",
    "This leads to a person. Whoever reads it can find, call or write to them.": (
        "هذا يدل على شخص. ومن يقرؤه يمكنه إيجاده أو الاتصال به أو مراسلته."
    ),
    "This message was removed after a decision.": "أُزيلت هذه الرسالة بقرار.",
    "This poll is closed. Nothing was changed.": "هذا الاستطلاع مغلق. لم يتغير شيء.",
    "This post is hidden until somebody has decided about it.": "هذه المشاركة مخفية حتى يُتخذ قرار بشأنها.",
    "This post waits for somebody to look at it.": "هذه المشاركة بانتظار أن ينظر فيها أحدهم.",
    "This post was removed after a decision.": "أُزيلت هذه المشاركة بقرار.",
    "This topic is slowed down. Your text is still here; post it a little later.": (
        "أُبطئ هذا الموضوع. نصك ما زال هنا؛ انشره بعد قليل."
    ),
    "Too many forms came without what browsers calculate. Nothing was kept; turn scripts on, or wait an hour.": (
        "وصلت نماذج كثيرة من دون ما تحسبه المتصفحات. لم يُحفظ شيء؛ فعّل البرامج النصية أو انتظر ساعة."
    ),
    "Two to twenty. Once somebody has voted, they stay as they are.": (
        "من خيارين إلى عشرين. وبعد أن يصوّت أحد تبقى كما هي."
    ),
    "We sent a code to that address. It is good for an hour.": "أرسلنا رمزًا إلى هذا العنوان، وهو صالح لساعة.",
    (
        "What is taken away is gone for good once you save. That there was a file stays visible, and its name does not."
    ): ("ما تسحبه يُحذف نهائيًا عند الحفظ. يبقى ظاهرًا أنه كان هناك ملف، لا اسمه."),
    "What it said before stays visible, for all who read the topic.": (
        "ما كان فيها من قبل يبقى ظاهرًا لكل من يقرأ الموضوع."
    ),
    ("What others quoted of you is theirs. The last encrypted backup that holds what was yours goes after 35 days."): (
        "ما اقتبسه الآخرون منك لهم. وتنتهي آخر نسخة احتياطية مشفرة تحتوي ما كان لك بعد 35 يومًا."
    ),
    "What others wrote is theirs and stays either way.": "ما كتبه الآخرون لهم ويبقى في كل حال.",
    "What you choose is kept, and never what was found.": "يُحفظ اختيارك، ولا يُحفظ أبدًا ما عُثر عليه.",
    "What you post may be read, collected and used by others, and used to write to you.": (
        "ما تنشره قد يقرؤه غيرك ويجمعه ويستخدمه، وقد يُستخدم لمراسلتك."
    ),
    "What your browser calculated for this form is not right. Nothing was kept; send it again.": (
        "ما حسبه متصفحك لهذا النموذج غير صحيح. لم يُحفظ شيء؛ أرسله مرة أخرى."
    ),
    "What your browser calculates for this form did not come with it. Nothing was kept; send it again.": (
        "لم يصل مع هذا النموذج ما يحسبه متصفحك. لم يُحفظ شيء؛ أرسله مرة أخرى."
    ),
    "While you write the title, topics like it are listed here.": "تظهر هنا المواضيع المشابهة أثناء كتابتك للعنوان.",
    "Whoever asked is not told where you decline.": "لا يُخبَر صاحب الطلب إن رفضت.",
    "Whoever reads this opens them. What a picture says of its camera and its place is left out.": (
        "يفتحها كل من يقرأ هذا. ويُحذف ما تذكره الصورة عن الكاميرا والمكان."
    ),
    (
        "Whom you ignore, you see folded. Whom you block can besides not answer you, name you or write to you. They "
        "are not told."
    ): ("من تتجاهله يظهر مطويًا. ومن تحظره لا يمكنه كذلك الرد عليك أو ذكرك أو مراسلتك. ولا يُخبَر بذلك."),
    "Without a script this form is taken only after a few seconds. Nothing was kept; send it again in a moment.": (
        "من دون برنامج نصي لا يُقبل هذا النموذج إلا بعد بضع ثوانٍ. لم يُحفظ شيء؛ أرسله مرة أخرى بعد لحظة."
    ),
    "Without a script this form is taken {seconds} seconds after it was opened, and a few times an hour.": (
        "من دون برنامج نصي يُقبل هذا النموذج بعد {seconds} ثوانٍ من فتحه، وبضع مرات في الساعة."
    ),
    (
        "You are about to leave the community. From here on the privacy policy holds again, and the community's "
        "terms do not. Nothing is carried over."
    ): ("أنت على وشك مغادرة المجتمع. من هنا تسري سياسة الخصوصية مجددًا، ولا تسري شروط المجتمع. لا يُنقل شيء."),
    (
        "You are about to leave the help desk for the community. What you post there is public by nature, and the "
        "community's own terms hold instead of the privacy policy. Nothing is carried over: your account here is "
        "linked to nothing there."
    ): (
        "أنت على وشك مغادرة مركز المساعدة إلى المجتمع. ما تنشره هناك علني بطبيعته، وتسري شروط المجتمع بدلًا من "
        "سياسة الخصوصية. لا يُنقل شيء: حسابك هنا غير مرتبط بأي شيء هناك."
    ),
    "You began {count} topics.": "بدأتَ {count} موضوعًا.",
    "You began {count} topics..few": "بدأتَ {count} مواضيع.",
    "You began {count} topics..one": "بدأتَ موضوعًا واحدًا.",
    "You began {count} topics..two": "بدأتَ موضوعين.",
    "You can have them again in your account. One that is on its way may still arrive.": (
        "يمكنك تفعيلها مجددًا من حسابك. وقد تصلك رسالة كانت في الطريق."
    ),
    "You have accepted these terms and read the warning. You may post.": (
        "قبلتَ هذه الشروط وقرأتَ التحذير. يمكنك النشر."
    ),
    "You have asked to be let in. A moderator decides; this page opens once you are in.": (
        "طلبتَ الانضمام. القرار لأحد المشرفين، وتُفتح هذه الصفحة متى انضممت."
    ),
    "You have asked. You can go on once the other wants it too.": "أرسلتَ طلبًا. يمكنك المتابعة متى وافق الطرف الآخر.",
    "You have left. What you chose to take away is gone from these pages.": (
        "لقد غادرت. وما اخترت سحبه لم يعد في هذه الصفحات."
    ),
    "You need no account for this.": "لا تحتاج إلى حساب لهذا.",
    "You need not sign in. Your account stays as it is, and so does what you see in the community.": (
        "لا حاجة إلى تسجيل الدخول. يبقى حسابك كما هو، وكذلك ما تراه في المجتمع."
    ),
    "You need not. Whoever does not agree reads on.": "لست ملزمًا. ومن لا يوافق يتابع القراءة.",
    "You post as {handle}. Mail goes to {email}, which nobody else sees.": (
        "تنشر باسم {handle}. ويصل البريد إلى {email} ولا يراه أحد غيرك."
    ),
    "You posted this before, or nearly this. Nothing was posted.": "نشرتَ هذا أو ما يشبهه من قبل. لم يُنشر شيء.",
    ("You read everything here either way. To post, the terms have to be accepted and the warning above read."): (
        "تقرأ كل شيء هنا في كل حال. أما النشر فيتطلب قبول الشروط وقراءة التحذير أعلاه."
    ),
    "You wrote {count} posts.": "كتبتَ {count} مشاركة.",
    "You wrote {count} posts..few": "كتبتَ {count} مشاركات.",
    "You wrote {count} posts..one": "كتبتَ مشاركة واحدة.",
    "You wrote {count} posts..two": "كتبتَ مشاركتين.",
    (
        "Your account, your address, your answers to the terms and what you read go either way. Chats, tickets and "
        "surveys are elsewhere and are not touched. The last encrypted backup that holds any of it goes after 35 "
        "days."
    ): (
        "يُحذف حسابك وعنوانك وردودك على الشروط وما قرأته في كل حال. أما المحادثات والتذاكر والاستبيانات فهي في "
        "مكان آخر ولا تُمس. وتنتهي آخر نسخة احتياطية مشفرة من ذلك بعد 35 يومًا."
    ),
    "Your appeal is on its way to somebody who has not decided before.": "اعتراضك في طريقه إلى شخص لم يقرر من قبل.",
    "Your draft is kept. Only you see it.": "حُفظت مسودتك. لا يراها غيرك.",
    "Your report was found to be right.": "تبيّن أن بلاغك صحيح.",
    "Your report was not found to be right.": "لم يتبيّن أن بلاغك صحيح.",
    "Your text is still here.": "نصك ما زال هنا.",
    "{count} posts of others name you.": "{count} مشاركة لآخرين تذكرك.",
    "{count} posts of others name you..few": "{count} مشاركات لآخرين تذكرك.",
    "{count} posts of others name you..one": "مشاركة واحدة لغيرك تذكرك.",
    "{count} posts of others name you..two": "مشاركتان لآخرين تذكرانك.",
    "{count} posts of others quote you.": "{count} مشاركة لآخرين تقتبس منك.",
    "{count} posts of others quote you..few": "{count} مشاركات لآخرين تقتبس منك.",
    "{count} posts of others quote you..one": "مشاركة واحدة لغيرك تقتبس منك.",
    "{count} posts of others quote you..two": "مشاركتان لآخرين تقتبسان منك.",
    "{count} topics have a title like yours.": "{count} موضوعًا بعنوان مشابه لعنوانك.",
    "{count} topics have a title like yours..few": "{count} مواضيع بعنوان مشابه لعنوانك.",
    "{count} topics have a title like yours..one": "موضوع واحد بعنوان مشابه لعنوانك.",
    "{count} topics have a title like yours..two": "موضوعان بعنوان مشابه لعنوانك.",
}
