"""What a tenant's own systems are told, how it is signed, and when an endpoint that does not answer is left alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from parley.options.v1 import access_pb2
from parley.privacy.v1 import webhook_pb2

from kernel.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound

ACTIVE = webhook_pb2.Webhook.STATE_ACTIVE
PAUSED = webhook_pb2.Webhook.STATE_PAUSED
DISABLED = webhook_pb2.Webhook.STATE_DISABLED
WAITING = webhook_pb2.WebhookDelivery.STATE_WAITING
DELIVERED = webhook_pb2.WebhookDelivery.STATE_DELIVERED
DEAD = webhook_pb2.WebhookDelivery.STATE_DEAD

SERVICE = access_pb2.PURPOSE_ESSENTIAL_SERVICE
OPERATIONS = access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS
IMPROVE = access_pb2.PURPOSE_FUNCTIONAL_SERVICE_IMPROVE
LEGAL = access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION
#: For these purposes alone an event names whom it is about and who did it.
NAMING = frozenset({SERVICE, LEGAL})

#: As many endpoints as one tenant may have.
MOST_WEBHOOKS = 20
#: A delivery is given up after so many attempts, which is about two days.
MOST_ATTEMPTS = 20
#: An endpoint is left alone when so many attempts in a row failed over so long a time.
MOST_FAILURES, FAILING_FOR = 20, timedelta(hours=6)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=6)
#: While an endpoint fails, its other deliveries wait this long at most before one of them tries again.
LONGEST_REST = timedelta(minutes=10)
#: For how long a delivery is listed, and a dead letter can be delivered again.
KEPT, DEAD_KEPT = timedelta(days=7), timedelta(days=30)
GONE = 410
#: Why an attempt failed, besides the status that was answered.
OFF, SEALED, SECRET_LOST = "endpoint_off", "sealed", "secret_lost"

RECALL = "subject.erased"
TEST = "webhook.test"
_SECRET = "whsec_"


@dataclass(frozen=True, slots=True)
class Offered:
    """A type of event that endpoints may be told of."""

    peer: str
    meaning: str
    purposes: tuple[int, ...]
    attributes: tuple[str, ...] = ()


_CONVERSATION = ("conversation_id", "site_id", "operator_id", "closed_by")
_ANY = (SERVICE, OPERATIONS, IMPROVE)
#: What can be told. An event that is not in this list stays inside, whoever subscribes.
CATALOGUE: Mapping[str, Offered] = {
    "conversation.started": Offered("chat", "A visitor began a conversation.", _ANY, _CONVERSATION),
    "conversation.claimed": Offered("chat", "Somebody on the staff took a conversation.", _ANY, _CONVERSATION),
    "conversation.closed": Offered("chat", "A conversation ended.", _ANY, _CONVERSATION),
    # Which response it is stays inside: with it would go when it was sent, which the answers themselves do not tell.
    "response.submitted": Offered("survey", "Somebody answered a survey.", _ANY, ("survey_id",)),
    "access.recorded": Offered(
        "chat",
        "Somebody began to read what a person said.",
        (LEGAL,),
        ("record_id", "staff_id", "api_key_id", "purpose", "interval_id"),
    ),
    "feedback.overdue": Offered("privacy", "An answer to feedback was due and is not given.", (LEGAL,)),
    RECALL: Offered("privacy", "A person was forgotten: forget what you were told.", (LEGAL,), ("request_id",)),
    "support.granted": Offered(
        "identity", "The platform's staff were let in.", (LEGAL, OPERATIONS), ("support_grant_id", "staff_id")
    ),
    "support.used": Offered(
        "identity", "The platform's staff came in.", (LEGAL, OPERATIONS), ("support_grant_id", "staff_id")
    ),
    "support.revoked": Offered(
        "identity", "The platform's staff were let out.", (LEGAL, OPERATIONS), ("support_grant_id", "staff_id")
    ),
}
#: Which ids name people; they are left out of what is told for a purpose that needs no names.
_NAMES = re.compile(r"(vis|stf)_[0-9a-v]{26}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An endpoint. The secrets are sealed."""

    id: UUID
    display_name: str
    url: str
    event_types: tuple[str, ...]
    purpose: int
    state: int
    secret: bytes
    create_time: datetime
    old_secret: bytes | None = None
    overlap_end_time: datetime | None = None
    failure_count: int = 0
    failing_since_time: datetime | None = None
    last_success_time: datetime | None = None
    rest_time: datetime | None = None
    revision: int = 1

    @property
    def names_people(self) -> bool:
        """Says whether what it is told names whom it is about."""
        return self.purpose in NAMING


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint."""

    id: UUID
    webhook_id: UUID
    event_id: str
    event_type: str
    event_time: datetime
    sequence: int
    subject_id: UUID | None
    attributes: Mapping[str, str]
    state: int
    create_time: datetime
    expire_time: datetime
    attempts: int = 0
    status: int = 0
    failure: str = ""
    next_time: datetime | None = None
    finish_time: datetime | None = None


class ChangedMeanwhile(Aborted):
    """Somebody else changed the endpoint since the caller saw it."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__("ETAG_MISMATCH", "This was changed meanwhile. Nothing was saved; look at it again.")


def no_such_webhook() -> NotFound:
    """Returns the one answer to every id that is not among the tenant's."""
    return NotFound("WEBHOOK_NOT_FOUND", "There is no such endpoint.")


def no_such_delivery() -> NotFound:
    """Returns the one answer to every id that is not among the tenant's."""
    return NotFound("DELIVERY_NOT_FOUND", "There is no such delivery.")


def not_dead() -> FailedPrecondition:
    """Returns why a delivery that was not given up is not begun anew."""
    return FailedPrecondition("DELIVERY_NOT_DEAD", "This delivery was not given up. Nothing was sent.")


def not_active() -> FailedPrecondition:
    """Returns why nothing is sent to an endpoint that is out of use."""
    return FailedPrecondition("WEBHOOK_NOT_ACTIVE", "This endpoint is out of use. Take it into use first.")


def too_many() -> FailedPrecondition:
    """Returns why there is no further endpoint."""
    return FailedPrecondition("TOO_MANY_WEBHOOKS", f"There can be {MOST_WEBHOOKS} endpoints. Remove one first.")


def check_told(event_types: Iterable[str], purpose: int) -> None:
    """Raises InvalidArgument where something is not told at all, or not for such a purpose."""
    for each in event_types:
        offered = CATALOGUE.get(each)
        if offered is None:
            raise InvalidArgument(
                "EVENT_UNKNOWN",
                "One of these events is not told to anybody. Nothing was saved.",
                fields=[("event_types", "must be among those that are listed")],
            )
        if purpose not in offered.purposes:
            raise InvalidArgument(
                "PURPOSE_TOO_NARROW",
                "One of these events is not told for that purpose. Nothing was saved.",
                fields=[("event_types", "must be told for the purpose"), ("purpose", "must allow the events")],
            )


def check_url(url: str) -> tuple[str, str, int, str]:
    """Returns scheme, host, port and the rest of an endpoint's address; raises InvalidArgument where it is none.

    Whether the place may be reached is asked when something is sent, because a name may lead elsewhere then.
    """
    wrong = InvalidArgument(
        "URL_INVALID",
        "This is no address of an endpoint. Nothing was saved.",
        fields=[("url", "must be https://host/path, without a user and a fragment")],
    )
    if not re.fullmatch(r"[\x21-\x7e]+", url) or "\\" in url:
        raise wrong
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        raise wrong from None
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc or parts.fragment or port == 0:
        raise wrong
    if parts.scheme == "http" and not is_here(host):
        raise wrong
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80), target


def is_here(host: str) -> bool:
    """Says whether a host is this machine by its name, where nobody listens in and http will do."""
    return (
        host in ("localhost", "::1")
        or host.endswith(".localhost")
        or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None
    )


def told(offered: Offered, webhook: Webhook, attributes: Mapping[str, str]) -> dict[str, str]:
    """Returns what an endpoint is told of an event's values: those that are listed and that its purpose allows."""
    return {
        name: attributes.get(name, "")
        for name in offered.attributes
        if webhook.names_people or not _NAMES.fullmatch(attributes.get(name, ""))
    }


def body(delivery: Delivery, subject: str) -> bytes:
    """Returns what is sent. The subject is `visitor:vis_…`, or empty where nobody is named."""
    data: dict[str, str] = dict(delivery.attributes)
    if subject:
        data["subject"] = subject
    return orjson.dumps(
        {
            "id": delivery.event_id,
            "type": delivery.event_type,
            "timestamp": delivery.event_time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sequence": delivery.sequence,
            "data": data,
        }
    )


def shown_secret(secret: bytes) -> str:
    """Writes a secret as Standard Webhooks has it."""
    return _SECRET + base64.b64encode(secret).decode()


def headers(delivery: Delivery, sent: bytes, secrets: Sequence[bytes], now: datetime) -> dict[str, str]:
    """Returns the headers that prove where a delivery comes from, by Standard Webhooks: one signature a secret."""
    moment = str(int(now.timestamp()))
    signed = f"{delivery.event_id}.{moment}.".encode() + sent
    signatures = [base64.b64encode(hmac.new(each, signed, hashlib.sha256).digest()).decode() for each in secrets]
    return {
        "webhook-id": delivery.event_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }


def wait_after(attempts: int, spread: float) -> timedelta:
    """Returns how long to wait after so many attempts: twice as long each time, and up to a half more by `spread`."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 30)), LONGEST_WAIT) * (1 + spread / 2)


def taken(webhook: Webhook, now: datetime) -> Webhook:
    """Returns an endpoint that has taken something: what failed before is forgiven."""
    return replace(webhook, failure_count=0, failing_since_time=None, rest_time=None, last_success_time=now)


def failed(webhook: Webhook, status: int, now: datetime, spread: float) -> Webhook:
    """Returns an endpoint at which an attempt failed: it rests a while, and is left alone where that goes on."""
    since, count = webhook.failing_since_time or now, webhook.failure_count + 1
    is_over = status == GONE or (count >= MOST_FAILURES and now - since >= FAILING_FOR)
    return replace(
        webhook,
        failure_count=count,
        failing_since_time=since,
        rest_time=now + min(wait_after(count, spread), LONGEST_REST),
        state=DISABLED if is_over and webhook.state == ACTIVE else webhook.state,
    )


def in_use(webhook: Webhook, state: int) -> Webhook:
    """Returns an endpoint that an administrator takes in or out of use."""
    if state not in (ACTIVE, PAUSED):
        raise InvalidArgument(
            "STATE_INVALID", "An endpoint is taken in or out of use. Nothing was saved.", fields=[("state", "")]
        )
    if state == ACTIVE:
        webhook = replace(webhook, failure_count=0, failing_since_time=None, rest_time=None)
    return replace(webhook, state=state)


def ended(delivery: Delivery, state: int, now: datetime, *, status: int = 0, failure: str = "") -> Delivery:
    """Returns a delivery that was taken or given up."""
    kept = DEAD_KEPT if state == DEAD else KEPT
    return replace(
        delivery,
        state=state,
        status=status,
        failure=failure,
        next_time=None,
        finish_time=now,
        expire_time=max(delivery.expire_time, now + kept) if state == DEAD else delivery.expire_time,
    )
