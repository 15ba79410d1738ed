"""What the communities' pages say of one thing in English; everything else is what stands in the templates."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, str] = {
    "after {count} days.one": "after 1 day",
    "Hidden from page, search and feeds, in {count} posts..one": "Hidden from page, search and feeds, in 1 post.",
    "You began {count} topics..one": "You began 1 topic.",
    "You wrote {count} posts..one": "You wrote 1 post.",
    "{count} appeals.one": "1 appeal",
    "{count} decisions.one": "1 decision",
    "{count} files added then.one": "1 file added then",
    "{count} files taken away then.one": "1 file taken away then",
    "{count} people voted..one": "1 person voted.",
    "{count} posts of others name you..one": "1 post of others names you.",
    "{count} posts of others quote you..one": "1 post of others quotes you.",
    "{count} posts.one": "1 post",
    "{count} replies.one": "1 reply",
    "{count} reports.one": "1 report",
    "{count} topics have a title like yours..one": "1 topic has a title like yours.",
    "{count} topics.one": "1 topic",
    "{count} votes.one": "1 vote",
}
