"""Why something was refused, in English, by its reason, and by its status where no reason is known."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "title": "This was not done",
    "ACCOUNT_NEEDED": (
        "Sign in to report this. What is illegal and what exposes somebody can be reported without an account."
    ),
    "AGE_REFUSED": "You cannot join here. Nothing of what you typed was kept, and you may read on.",
    "APPEALED_ALREADY": "There is an appeal against this already. Somebody who has not decided before looks at it.",
    "APPEAL_DECIDED": "An appeal was decided already, and that is the end here. Nothing was changed.",
    "APPEAL_LATE": "The six months for an appeal are over. Nothing was changed.",
    "ARGUMENT_INVALID": "Something is missing, too long or malformed. Nothing was kept.",
    "ATTACHMENT_NOT_READY": "This file cannot be opened: it is still looked at, or it was not passed.",
    "CODE_REJECTED": (
        "The code is not right, or not good any more. Nothing was changed; check it, or have a new one sent."
    ),
    "CONTACT_NOT_ACCEPTED": "Your first message waits for an answer. You can write more once it is accepted.",
    "CREDENTIAL_REJECTED": "You are not signed in any more. Sign in again.",
    "DRAFT_CHANGED": "This draft was changed elsewhere meanwhile. Copy what you have here, then load the page.",
    "EXPOSES_SOMEBODY": "Not posted yet: it leads to a person.",
    "FORM_REFUSED": "A field that people do not see was filled in. Nothing was kept; load the page and try again.",
    "HANDLE_TAKEN": "This name is taken. Choose another one; nothing was kept.",
    "KEPT_AWAY": "This member takes nothing from you. Nothing was sent.",
    "MAIL_LIMITED": "Too many codes were sent to that address. Nothing was sent now; wait an hour, then try again.",
    "MALFORMED_REQUEST": "What your browser sent could not be read. Nothing was kept; load the page and try again.",
    "MEMBER_SUSPENDED": "Your account is suspended for a time. You may read and appeal, and post again later.",
    "METHOD_NOT_ALLOWED": "This page opens only out of its form. Nothing was changed; begin again on the page before.",
    "NAME_EXPOSES": (
        "The name shown besides holds an address or a number that leads to a person. Nothing was kept; choose"
        " another one."
    ),
    "NOTHING_TO_APPEAL": (
        "There is nothing to appeal against: nothing was restricted, or the report was found to be right."
    ),
    "NOT_YOURS": "Only whoever began it may change it. Nothing was changed.",
    "NO_GROUP": "Everybody reads this space, so there is nothing to join.",
    "NO_QUESTION": "A discussion has no accepted answer. Nothing was changed.",
    "NO_SUCH_CHOICE": "There is no such choice. Nothing was changed.",
    "NO_TERMS": "This community has no terms yet, so nobody can post.",
    "ONE_CHOICE": "One thing can be chosen here. Nothing was changed.",
    "ORIGIN_REJECTED": "This form was not sent from a page of ours. Nothing was kept.",
    "OTHER_HAS_LEFT": "The other has left the community, so nothing more can be written.",
    "OWN_ACCOUNT": "This is your own account. Nothing was changed and nothing was sent.",
    "OWN_MESSAGE": "This is your own message. You can take it away where it stands.",
    "OWN_POST": "This is your own post. You can change it or take it away where it stands.",
    "OWN_REQUEST": "The other answers this request. Nothing was changed.",
    "POLL_ANSWERED": "Somebody has voted already. The poll stays as it is.",
    "POLL_CHANGED": "The poll was changed meanwhile. Nothing was counted; look, then vote.",
    "POLL_CLOSED": "This poll is closed. Nothing was changed.",
    "POLL_CLOSE_TIME": "A poll closes later than now, and within a year. Nothing was posted.",
    "POLL_NOT_FOUND": "There is no such poll.",
    "POLL_OPTIONS": "Each choice of a poll says something, and something else than the others.",
    "POSTED_BEFORE": "You posted this before, or nearly this. Nothing was posted.",
    "POST_CHANGED": "This post was changed meanwhile. Look at it in its topic, then save.",
    "POST_EMPTY": "Nothing would be left to read in it. Nothing was posted.",
    "POST_MASKED": "Something in it is masked until somebody has decided about it. Nothing was changed.",
    "POST_NOT_SHOWN": "A post that is not shown cannot be changed. Nothing was kept.",
    "PROOF_EXPIRED": "This form was open for too long. Nothing was kept; send it again.",
    "PROOF_LIMITED": (
        "Too many forms came without what browsers calculate. Nothing was kept; turn scripts on, or wait an hour."
    ),
    "PROOF_MISSING": (
        "What your browser calculates for this form did not come with it. Nothing was kept; send it again."
    ),
    "PROOF_TOO_SOON": (
        "Without a script this form is taken only after a few seconds. Nothing was kept; send it again in a moment."
    ),
    "PROOF_USED": "This form was sent before. If nothing came of that, send it again.",
    "PROOF_WRONG": "What your browser calculated for this form is not right. Nothing was kept; send it again.",
    "REQUEST_ID_REUSED": (
        "This form was sent before with something else in it. Look whether that came in, then load the page."
    ),
    "REQUEST_TIMEOUT": "What you sent took too long to arrive. Nothing of it was kept; send it again.",
    "REQUEST_TOO_LARGE": "What you sent is too large. Nothing of it was kept; send less.",
    "SESSION_ENDED": "You are not signed in any more. Sign in again; nothing was kept.",
    "SIGN_IN_LIMITED": "Too many tries. Wait a few minutes, then try again.",
    "SIGN_IN_REJECTED": "The address or the password is not right.",
    "SPACE_ARCHIVED": "Nothing new is posted in this space any more. You may read on.",
    "TERMS_NOT_ACCEPTED": "To post, accept the terms of this community first. Nothing was posted.",
    "TERMS_NOT_IN_FORCE": "Another version of the terms is in force by now. Read it, then answer.",
    "TEXT_EMPTY": "There is nothing to read in it. Nothing was kept.",
    "TEXT_MALFORMED": "There is a sign in it that no text has. Nothing was kept; take it out, then send it again.",
    "TOO_MANY_FILES": (
        "There are too many files: a post carries ten, and only so many wait at a time. Nothing was changed."
    ),
    "TOO_MANY_LINKS": (
        "There are more links in it than a post of yours carries for now. Take some out; nothing was posted."
    ),
    "TOO_MANY_REQUESTS": "That was too often. Nothing was kept; wait a minute, then try again.",
    "TOO_OFTEN": "That was often in a short time. Nothing was posted or sent; wait a while, then try again.",
    "TOPIC_LOCKED": "Nobody replies to this topic any more. Nothing was posted.",
    "TOPIC_SLOWED": "This topic is slowed down. Post it a little later.",
    "UNSUPPORTED_MEDIA_TYPE": "This page takes only what its form sends. Nothing was kept.",
    "WARNING_NOT_ACKNOWLEDGED": "To post, say first that you have read the warning. Nothing was posted.",
    "WORDS_MASKED": (
        "Some of these words are masked in this topic until somebody has decided about them. Nothing was "
        "kept; say it without them."
    ),
    "404": "There is no such page here, or it is not for you to read.",
    "409": "This cannot be done as things stand now. Nothing was changed; load the page, then look again.",
    "429": "That was too often. Wait a while, then try again.",
    "400": "This was not done. Nothing was kept; go back to the page before and try again.",
}
