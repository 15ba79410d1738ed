"""Knows which tables every service keeps."""

from __future__ import annotations

from sqlalchemy import MetaData

from services.chat.store.tables import metadata as chat_tables
from services.community.store.tables import metadata as community_tables
from services.identity.store import metadata as identity_tables
from services.privacy.store import metadata as privacy_tables
from services.support.store.tables import metadata as support_tables
from services.survey.store.tables import metadata as survey_tables

METADATA: dict[str, MetaData] = {
    "identity": identity_tables,
    "privacy": privacy_tables,
    "chat": chat_tables,
    "survey": survey_tables,
    "community": community_tables,
    "support": support_tables,
}
