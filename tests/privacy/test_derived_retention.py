"""Whatever is kept about a person has an end, which a tenant may bring closer and never put off."""

from __future__ import annotations

import pytest
from parley.options.v1 import privacy_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy import MetaData, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType

from cli.services import METADATA
from kernel.privacy.retention import LONGEST, PERIODS, UNTIMED, endless
from kernel.privacy.subjects.coverage import holds_personal
from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to

#: What names a person, is not asked about them, and ends all the same: by what is said here.
ENDS_OTHERWISE = {
    "outbox": "the service's daily purge takes events after a month",
    "seals": "lifting the seal takes it away",
    "identity.api_keys": "it is a program's, and ends with the key",
    "identity.identity_secrets": "it is a site's own, and ends with the site",
    "identity.oidc_providers": "it is the company's own, and ends when the company removes it",
    "privacy.ledger": "the ledger purges itself from its old end, so that its chain stays whole",
}
VISITOR = subject_pb2.SUBJECT_KIND_VISITOR


@pytest.mark.parametrize("service", METADATA)
def test_everything_about_a_person_ends_in_its_time(service: str) -> None:
    assert endless(METADATA[service]) == []


@pytest.mark.parametrize("service", METADATA)
def test_what_nobody_is_asked_about_ends_too(service: str) -> None:
    for table in METADATA[service].sorted_tables:
        if table.info.get("uncovered") and holds_personal(table) and table.info.get("purge") is None:
            family = {constraint.referred_table for constraint in table.foreign_key_constraints}
            ends = any(each.info.get("purge") for each in family)
            assert ends or {table.name, table.fullname} & ENDS_OTHERWISE.keys(), f"{table.fullname} never ends"


def test_every_class_of_period_has_its_longest() -> None:
    classes = set(privacy_pb2.Retention.values()) - {privacy_pb2.RETENTION_UNSPECIFIED}
    assert classes == LONGEST.keys() | UNTIMED
    assert not LONGEST.keys() & UNTIMED


def test_a_tenant_may_shorten_a_period_and_not_put_it_off() -> None:
    for period in PERIODS:
        assert period.maximum is not None
        assert period.minimum is not None
        assert period.default == period.maximum, f"{period.name}: the default is the longest, and can only be shortened"
        assert 1 <= period.minimum <= period.maximum


def test_what_never_ends_is_found() -> None:
    loose = MetaData(schema="loose")
    key = UuidType(as_uuid=True)

    def add(name: str, **more: object) -> None:
        tenant_table(
            name,
            loose,
            column("id", key, "- its own id"),
            column("visitor_id", key, "parley.chat.v1.Conversation.visitor_id"),
            column("body", Text, "parley.chat.v1.Message.body"),
            column("time", TIMESTAMP(timezone=True), "- when it was written"),
            subject={VISITOR: "visitor_id"},
            **more,  # type: ignore[arg-type]  # The cases differ in this.
        )

    add("for_ever")
    add("too_long", purge=("time", 181))
    add("right", purge=("time", 180))
    add("by_setting", purge=("time", "retention.transcript_days"))
    add("longer_setting", purge=("time", "retention.ledger_days"))
    for name, above in (("child_of_right", "right"), ("child_of_for_ever", "for_ever")):
        tenant_table(
            name,
            loose,
            column("id", key, "- its own id"),
            column("above_id", key, "- what it belongs to"),
            column("body", Text, "parley.chat.v1.Message.body"),
            belongs_to(("above_id",), f"loose.{above}"),
        )
    assert sorted(endless(loose)) == [
        "loose.child_of_for_ever: holds something about a person, and nothing ends it",
        "loose.for_ever: holds something about a person, and nothing ends it",
        "loose.longer_setting: is kept 730 days; its classes allow 180",
        "loose.too_long: is kept 181 days; its classes allow 180",
    ]
