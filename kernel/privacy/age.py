"""The platform's one rule about people who are too young, as the one call that any service makes.

Whoever asks for an age asks before anything is kept, and keeps the answer nowhere: it is compared here, and a refusal
carries no age.
"""

from __future__ import annotations

from parley.subject.v1 import age_pb2, age_pb2_grpc, subject_pb2

from kernel.identity import Subject
from kernel.rpc.channels import Channels

#: Under which age nobody is served.
AGE_LIMIT = 18
#: The service that carries refusals out.
_KEEPER = "privacy"
#: A refusal waits for whoever writes about the same person at the moment.
_SECONDS = 30.0


def is_minor(age: int) -> bool:
    """Says whether somebody of an age, in full years, is refused."""
    return age < AGE_LIMIT


async def refuse_minor(channels: Channels, subject: Subject, *, site_id: str = "") -> list[subject_pb2.ErasedStore]:
    """Refuses somebody: what their session submitted goes from every service, their credentials end, a count stays.

    Returns what was removed, store by store; an empty list says that a service was away, and is asked until it did so.
    """
    stub = age_pb2_grpc.AgeServiceStub(channels.of(_KEEPER))
    request = age_pb2.RefuseMinorRequest(
        subject=subject_pb2.Subject(kind=subject_pb2.SubjectKind.ValueType(subject.kind), id=subject.id),
        site_id=site_id,
    )
    answer: age_pb2.RefuseMinorResponse = await channels.call(
        stub.RefuseMinor, request, tenant_id=subject.tenant_id, deadline=_SECONDS
    )
    return list(answer.stores)
