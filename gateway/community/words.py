"""What the communities' pages say."""

from __future__ import annotations

from collections.abc import Mapping

from parley.community.v1 import moderation_pb2, topic_pb2

WORDS: Mapping[str, str] = {
    "skip": "Skip to the content",
    "refused": "This was not done",
    "boundary": (
        "This community has rules of its own. Its terms hold here, and the privacy policy of the chat and the help "
        "desk does not."
    ),
    "warning.short": "What you post may be read, collected and used by others, and used to write to you.",
    "not_posted": "Your text is still here.",
    "not_sent": "Nothing was sent. Your text is still here.",
    "files.refused": "A file was not taken: it is too large, empty, or of a kind that is not taken here. Nothing was "
    "posted. Your text and the other files are still here.",
    "gone.author": "Its author took this post away.",
    "gone.removed": "This post was removed after a decision.",
    "gone.pending": "This post is hidden until somebody has decided about it.",
    "gone.held": "This post waits for somebody to look at it.",
    "gone.purged": "Nothing is left of this post.",
    "gone.message": "This message was removed after a decision.",
    "gone.taken": "Taken away.",
    "nobody": "Somebody who has left",
    "empty.spaces": "There is no space yet.",
    "empty.topics": "Nobody has begun a topic here yet.",
    "no_terms": "This community has no terms yet, so nobody can post.",
    "code.sent": "We sent a code to that address. It is good for an hour.",
    "crossing.in": (
        "You are about to leave the help desk for the community. What you post there is public by nature, and the "
        "community's own terms hold instead of the privacy policy. Nothing is carried over: your account here is "
        "linked to nothing there."
    ),
    "crossing.out": (
        "You are about to leave the community. From here on the privacy policy holds again, and the community's terms "
        "do not. Nothing is carried over."
    ),
    "report.unknown": (
        "There is no report with this code, or a member made it. Check the code; if you reported as a member, sign in "
        "first."
    ),
    "unsubscribe": "End these mails",
    "unsubscribe.text": "You need not sign in. Your account stays as it is, and so does what you see in the community.",
    "unsubscribed": "These mails have ended",
    "unsubscribed.text": "You can have them again in your account. One that is on its way may still arrive.",
    "leave.password": "The password is not right. You have not left, and nothing was changed.",
    "leave.done": "You have left. What you chose to take away is gone from these pages.",
}

EXPOSURE: Mapping[int, str] = {
    1: "Everybody reads this, signed in or not.",
    2: "Members of the community read this.",
    3: "Members of this group read this.",
}


def exposure_of(visibility: int, *, is_indexed: bool, has_feed: bool, is_exported: bool) -> list[str]:
    """Says who reads a space, and where what is posted in it goes."""
    return [
        EXPOSURE[visibility],
        "Search engines may find it." if is_indexed else "Search engines are asked to leave it out.",
        "Feeds carry it." if has_feed else "No feed carries it.",
        "An export of the community carries it." if is_exported else "No export of the community carries it.",
    ]


#: Why somebody is told, by the kind of what happened.
NEWS: Mapping[int, str] = {
    0: "Something happened",
    1: "A new post in a topic that you follow",
    2: "An answer to a post of yours",
    3: "You were named",
    4: "A new topic in a space that you follow",
    5: "Somebody wrote to you, or asks to",
    6: "A request to the help desk was made out of a topic that you began. Your account is not named there",
}

#: What leads to a person, by its kind.
FINDINGS: Mapping[int, str] = {
    0: "something",
    1: "an e-mail address",
    2: "a telephone number",
    3: "a street address",
    4: "a card or account number",
    5: "the name of a file",
}

FLAGS: Mapping[str, str] = {
    "exposed": "This exposes me, or somebody else: it shows personal data",
    "illegal": "This is illegal",
    "harassment": "This is harassment",
    "spam": "This is advertising",
    "unsolicited": "This is a message that nobody asked for",
    "off_topic": "This belongs elsewhere",
    "other": "Something else",
}

#: What a report says, by the names in forms.
KINDS: Mapping[str, moderation_pb2.FlagKind.ValueType] = {
    "exposed": moderation_pb2.FLAG_KIND_EXPOSED,
    "illegal": moderation_pb2.FLAG_KIND_ILLEGAL,
    "harassment": moderation_pb2.FLAG_KIND_HARASSMENT,
    "spam": moderation_pb2.FLAG_KIND_SPAM,
    "unsolicited": moderation_pb2.FLAG_KIND_UNSOLICITED,
    "off_topic": moderation_pb2.FLAG_KIND_OFF_TOPIC,
    "other": moderation_pb2.FLAG_KIND_OTHER,
}

#: What a statement of reasons says, by the words of the transparency database that it is kept in.
STATED: Mapping[str, str] = {
    "DECISION_VISIBILITY_CONTENT_DEMOTED": "It is folded where it stands, and search does not find it.",
    "DECISION_VISIBILITY_CONTENT_DISABLED": "It is not shown any more.",
    "DECISION_VISIBILITY_CONTENT_REMOVED": "It was removed for good, or what in it exposed somebody.",
    "DECISION_ACCOUNT_SUSPENDED": "You may read and appeal, and not post for a time.",
    "DECISION_GROUND_ILLEGAL_CONTENT": "The law forbids it.",
    "DECISION_GROUND_INCOMPATIBLE_CONTENT": "The terms of this community forbid it.",
    "STATEMENT_CATEGORY_SCAMS_AND_FRAUD": "Advertising, deceit",
    "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE": "Not what this community is for",
    "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS": "Personal data",
    "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH": "Harmful or illegal speech",
    "SOURCE_ARTICLE_16": "Somebody reported it, and a person decided.",
    "SOURCE_VOLUNTARY": "The moderation found it, and a person decided.",
}

#: What is said where a message is not shown, by what became of it.
GONE: Mapping[topic_pb2.ContentState.ValueType, str] = {
    topic_pb2.CONTENT_STATE_REMOVED: WORDS["gone.message"],
    topic_pb2.CONTENT_STATE_PURGED: WORDS["gone.message"],
    topic_pb2.CONTENT_STATE_AUTHOR_DELETED: WORDS["gone.taken"],
}
