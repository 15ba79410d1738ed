"""The two people in every call: the one who calls and the one whom the data is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from parley.options.v1 import access_pb2, privacy_pb2
from parley.subject.v1 import subject_pb2

STAFF_CALLERS = frozenset(
    {
        access_pb2.CALLER_OPERATOR,
        access_pb2.CALLER_SUPERVISOR,
        access_pb2.CALLER_SUPPORT_AGENT,
        access_pb2.CALLER_MODERATOR,
        access_pb2.CALLER_PRIVACY_OFFICER,
        access_pb2.CALLER_ADMIN,
    }
)
PLATFORM_CALLERS = frozenset({access_pb2.CALLER_PLATFORM_REVIEWER, access_pb2.CALLER_PLATFORM_ADMIN})


class Regime(StrEnum):
    """Under which part of the policy a tenant's visitors stand."""

    HOUSE = "house"
    ASP = "asp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who calls: built from a verified credential, and from nothing else."""

    tenant_id: str
    regime: Regime
    callers: frozenset[int]
    subject_id: str = ""
    session_id: str = ""
    site_id: str = ""
    conversation_id: str = ""
    scopes: frozenset[str] = frozenset()
    display_name: str = ""
    issue_time: datetime | None = None
    expire_time: datetime | None = None
    purpose: int = access_pb2.PURPOSE_UNSPECIFIED

    def has(self, *callers: int) -> bool:
        """Says whether the actor is of one of these kinds."""
        return not self.callers.isdisjoint(callers)

    @property
    def is_staff(self) -> bool:
        """Says whether the actor is a person at work for the tenant: of its staff, or the platform's by a grant."""
        return not self.callers.isdisjoint(STAFF_CALLERS) or access_pb2.CALLER_PLATFORM_SUPPORT in self.callers

    @property
    def is_internal(self) -> bool:
        """Says whether the actor is another Parley process."""
        return access_pb2.CALLER_INTERNAL in self.callers

    def for_purpose(self, purpose: int) -> Self:
        """Returns the same actor with the purpose that the called RPC declares."""
        return self if self.purpose == purpose else replace(self, purpose=purpose)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom data is about."""

    tenant_id: str
    domain: int = privacy_pb2.DOMAIN_MAIN
    kind: int = subject_pb2.SUBJECT_KIND_UNSPECIFIED
    id: str = ""

    def __str__(self) -> str:
        """Writes the subject as events name it: `visitor:vis_…`."""
        name: str = subject_pb2.SubjectKind.Name(subject_pb2.SubjectKind.ValueType(self.kind))
        return f"{name.removeprefix('SUBJECT_KIND_').lower()}:{self.id}"
