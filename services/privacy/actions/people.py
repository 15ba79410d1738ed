"""Asks every service for what it owes a person: a copy, correction, erasure, seals. It keeps nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from parley.identity.v1 import staff_pb2, staff_pb2_grpc
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.identity import Subject
from kernel.rpc.channels import Channels
from services.privacy.domain.ledger import role_of
from services.privacy.domain.requests import HOLDERS

#: Erasing and correcting wait for whoever is writing; a person would rather wait than be told to come back.
_SECONDS = 30.0
#: A case that asks what is there and reads none of it.
_ANY_CASE = ids.from_uuid("cas", UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of staff, as far as the ledger shows one."""

    display_name: str
    callers: frozenset[int]

    def role_for(self, purpose: int) -> str:
        """Returns the role in which such a deed is done."""
        return role_of(self.callers, purpose)


class People:
    """The services that hold something about people, this one among them."""

    def __init__(self, channels: Channels) -> None:
        """Takes the process's channels."""
        self._channels = channels
        self._stubs = {service: subject_pb2_grpc.SubjectServiceStub(channels.of(service)) for service in HOLDERS}
        self._staff = staff_pb2_grpc.StaffServiceStub(channels.of("identity"))

    async def count_expired(
        self, service: str, tenant_id: str, tried_days: Mapping[str, int]
    ) -> subject_pb2.PurgeExpiredResponse:
        """Counts what a purge of a service would remove now; with other periods where they are named."""
        answer: subject_pb2.PurgeExpiredResponse = await self._channels.call(
            self._stubs[service].PurgeExpired,
            subject_pb2.PurgeExpiredRequest(dry_run=True, tried_days=tried_days),
            tenant_id=tenant_id,
            deadline=_SECONDS,
        )
        return answer

    async def page(
        self,
        service: str,
        subject: Subject,
        *,
        size: int = 0,
        token: str = "",
        record_id: str = "",
        within: str = "",
        case_id: str = "",
    ) -> subject_pb2.ExportSubjectResponse:
        """Returns a page of what a service holds about a person."""
        answer: subject_pb2.ExportSubjectResponse = await self._channels.call(
            self._stubs[service].ExportSubject,
            subject_pb2.ExportSubjectRequest(
                subject=_named(subject),
                page_size=size,
                page_token=token,
                record_id=record_id,
                within_record_id=within,
                case_id=case_id,
            ),
            tenant_id=subject.tenant_id,
            deadline=_SECONDS,
        )
        return answer

    async def pages(
        self, subject: Subject, *, record_id: str = "", within: str = "", case_id: str = ""
    ) -> AsyncIterator[tuple[str, subject_pb2.ExportSubjectResponse]]:
        """Yields what all services hold about a person, page by page."""
        for service in HOLDERS:
            token = ""
            while True:
                page = await self.page(
                    service, subject, token=token, record_id=record_id, within=within, case_id=case_id
                )
                yield service, page
                token = page.next_page_token
                if not token:
                    break

    async def holds_anything(self, subject: Subject) -> bool:
        """Says whether any service holds something about a person."""
        return await self._first(subject, "", "") is not None

    async def keeper(self, subject: Subject, record_id: str) -> str | None:
        """Returns the service that keeps a record about a person, held or not; None where none does."""
        return await self._first(subject, record_id, _ANY_CASE)

    async def _first(self, subject: Subject, record_id: str, case_id: str) -> str | None:
        for service in HOLDERS:
            try:
                page = await self.page(service, subject, size=1, record_id=record_id, case_id=case_id)
            except InvalidArgument:
                # An id of this kind names nobody, and nothing, there.
                continue
            if page.records:
                return service
        return None

    async def correct(self, service: str, subject: Subject, field: str, value: str) -> int:
        """Replaces a value about a person in one service and returns how many records changed."""
        answer: subject_pb2.CorrectSubjectResponse = await self._channels.call(
            self._stubs[service].CorrectSubject,
            subject_pb2.CorrectSubjectRequest(subject=_named(subject), field=field, value=value),
            tenant_id=subject.tenant_id,
            deadline=_SECONDS,
        )
        return answer.records

    async def erase(self, service: str, subject: Subject) -> Sequence[subject_pb2.ErasedStore]:
        """Forgets a person in one service and says what was done in each of its stores."""
        answer: subject_pb2.EraseSubjectResponse = await self._channels.call(
            self._stubs[service].EraseSubject,
            subject_pb2.EraseSubjectRequest(subject=_named(subject)),
            tenant_id=subject.tenant_id,
            deadline=_SECONDS,
        )
        return answer.stores

    async def seal(
        self,
        service: str,
        subject: Subject,
        seal_id: str,
        reason: subject_pb2.SealReason.ValueType,
        record_id: str = "",
    ) -> int:
        """Seals a person's records, or one of them, in one service and returns how many it covers."""
        answer: subject_pb2.SealSubjectResponse = await self._channels.call(
            self._stubs[service].SealSubject,
            subject_pb2.SealSubjectRequest(
                subject=_named(subject), seal_id=seal_id, reason=reason, record_id=record_id
            ),
            tenant_id=subject.tenant_id,
            deadline=_SECONDS,
        )
        return answer.records

    async def unseal(self, service: str, tenant_id: str, seal_id: str) -> Sequence[subject_pb2.ErasedStore]:
        """Takes a seal away in one service and says what was forgotten now because it had waited for that."""
        answer: subject_pb2.UnsealSubjectResponse = await self._channels.call(
            self._stubs[service].UnsealSubject,
            subject_pb2.UnsealSubjectRequest(seal_id=seal_id),
            tenant_id=tenant_id,
            deadline=_SECONDS,
        )
        return answer.stores

    async def staff(self, tenant_id: str, staff_ids: Sequence[str]) -> dict[str, Member]:
        """Returns those members of staff who are still there, all in one call."""
        if not staff_ids:
            return {}
        answer: staff_pb2.ListStaffResponse = await self._channels.call(
            self._staff.ListStaff,
            staff_pb2.ListStaffRequest(staff_ids=staff_ids, page_size=len(staff_ids)),
            tenant_id=tenant_id,
        )
        return {each.id: Member(display_name=each.display_name, callers=frozenset(each.roles)) for each in answer.staff}


def _named(subject: Subject) -> subject_pb2.Subject:
    return subject_pb2.Subject(kind=subject_pb2.SubjectKind.ValueType(subject.kind), id=subject.id)
