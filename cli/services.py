"""Knows every service: how it is built, and which tables it keeps."""

from __future__ import annotations

from sqlalchemy import MetaData

from services.chat.__main__ import build as build_chat
from services.chat.store.tables import metadata as chat_tables
from services.community.__main__ import build as build_community
from services.community.store.tables import metadata as community_tables
from services.identity.__main__ import build as build_identity
from services.identity.store import metadata as identity_tables
from services.privacy.__main__ import build as build_privacy
from services.privacy.store import metadata as privacy_tables
from services.support.__main__ import build as build_support
from services.support.store.tables import metadata as support_tables
from services.survey.__main__ import build as build_survey
from services.survey.store.tables import metadata as survey_tables

BUILDS = {
    "identity": build_identity,
    "privacy": build_privacy,
    "chat": build_chat,
    "survey": build_survey,
    "community": build_community,
    "support": build_support,
}
METADATA: dict[str, MetaData] = {
    "identity": identity_tables,
    "privacy": privacy_tables,
    "chat": chat_tables,
    "survey": survey_tables,
    "community": community_tables,
    "support": support_tables,
}
