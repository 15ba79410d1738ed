"""The registry of recipients: to whom anything about a person may go at all. Whoever is not in it is sent nothing.

A recipient is declared here, with what it gets and why, and with how to tell from a deployment's settings where it is.
The list is what people are shown, what the data map names, and what `kernel.egress` lets out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from urllib.parse import urlsplit

from parley.options.v1 import access_pb2

from kernel.config import Config
from kernel.errors import PermissionDenied
from kernel.identity import Regime

_RESOLVERS = Path("/etc/resolv.conf")
#: A host and a port.
Place = tuple[str, int]


class Kind(IntEnum):
    """What a recipient is to the people whose data it gets."""

    PROCESSOR = 1
    TENANT = 2
    SUBJECT = 3
    AUTHORITY = 4


#: To whom data of the platform's own site may go: to those who work for it, and to the person.
OF_THE_HOUSE = frozenset({Kind.PROCESSOR, Kind.SUBJECT})


class RecipientDenied(PermissionDenied):
    """Data may not go to a recipient of this kind."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__("RECIPIENT_DENIED", "Nothing may be given to a recipient of this kind. Nothing was sent.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody to whom something about a person may go."""

    name: str
    kind: Kind
    title: str
    receives: str
    purpose: access_pb2.Purpose.ValueType
    #: Where a deployment has it, outside the machines that are the platform's own; none for people, who come for it.
    places: Callable[[Config], tuple[Place, ...]] | None = None
    #: True where each tenant names its own places, so that one is lent for as long as something goes there.
    is_lent: bool = False

    def is_in_use(self, config: Config) -> bool:
        """Says whether a deployment has this recipient."""
        return self.places is None or bool(self.places(config))


def _of_url(url: str, ports: Mapping[str, int]) -> tuple[Place, ...]:
    parts = urlsplit(url)
    if not parts.hostname:
        return ()
    port = parts.port or ports.get(parts.scheme)
    return ((parts.hostname, port),) if port else ()


def _mail(config: Config) -> tuple[Place, ...]:
    return _of_url(config.smtp_url, {"smtp": 587, "smtps": 465})


def _traces(config: Config) -> tuple[Place, ...]:
    return _of_url(config.otlp_endpoint, {"http": 80, "https": 443})


def _files(config: Config) -> tuple[Place, ...]:
    if not config.files_url or config.files_url.startswith("file:"):
        return ()
    parts = urlsplit(config.files_url)
    return ((parts.hostname or "", parts.port or 443),)


def _backups(config: Config) -> tuple[Place, ...]:
    if "://" not in config.backup_copy or config.backup_copy.startswith("file:"):
        return ()
    parts = urlsplit(config.backup_copy)
    return ((parts.hostname or "", parts.port or 443),)


def _scanner(config: Config) -> tuple[Place, ...]:
    host, _, port = config.scanner_address.rpartition(":")
    return ((host.strip("[]"), int(port)),) if host and port.isdigit() else ()


def _names(config: Config) -> tuple[Place, ...]:
    if config.dns_server == "none":
        return ()
    if config.dns_server:
        host, _, port = config.dns_server.rpartition(":")
        return ((host.strip("[]"), int(port)),) if host and port.isdigit() else ((config.dns_server.strip("[]"), 53),)
    try:
        lines = _RESOLVERS.read_text(errors="replace").splitlines()
    except OSError:
        return ()
    # The machine's own, as its system says; a zone behind a % names an interface and no place.
    found = [
        words[1].partition("%")[0] for line in lines if (words := line.split())[:1] == ["nameserver"] and words[1:]
    ]
    return tuple((host, 53) for host in found[:3])


def _oidc(config: Config) -> tuple[Place, ...]:
    addresses = (*config.oidc_issuers, *(f"https://{host}" for host in config.oidc_hosts))
    return tuple(place for address in addresses for place in _of_url(address, {"https": 443}))


def _database(config: Config) -> tuple[Place, ...]:
    ports = {"postgresql": 5432, "postgres": 5432, "postgresql+asyncpg": 5432}
    addresses = (config.database_url, *config.database_replicas)
    return tuple(place for address in addresses for place in _of_url(address, ports))


def _redis(config: Config) -> tuple[Place, ...]:
    return _of_url(config.redis_url, {"redis": 6379, "rediss": 6379, "valkey": 6379})


MAIL_RELAY = Recipient(
    name="mail.relay",
    kind=Kind.PROCESSOR,
    title="Mail relay",
    receives="The address and the text of each mail that is sent to somebody.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS,
    places=_mail,
)
TRACE_COLLECTOR = Recipient(
    name="traces.collector",
    kind=Kind.PROCESSOR,
    title="Collector of traces",
    receives="Names of calls, times and ids of records, and nothing that anybody typed.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS,
    places=_traces,
)
FILE_STORE = Recipient(
    name="files.store",
    kind=Kind.PROCESSOR,
    title="Store of files",
    receives="The files that people attach.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
    places=_files,
)
FILE_SCANNER = Recipient(
    name="files.scanner",
    kind=Kind.PROCESSOR,
    title="Scanner of files",
    receives="The files that people attach, while they are scanned.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS,
    places=_scanner,
)
BACKUP_STORE = Recipient(
    name="backups.store",
    kind=Kind.PROCESSOR,
    title="Second place of backups",
    receives="Everything that is kept, encrypted so that it cannot read any of it, and for 34 days at most.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS,
    places=_backups,
)
NAME_SERVER = Recipient(
    name="mail.names",
    kind=Kind.PROCESSOR,
    title="Server of the domain name system",
    receives="The names of the domains from which the company sends mail, and nothing of anybody.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS,
    places=_names,
)
OIDC_PROVIDER = Recipient(
    name="staff.oidc",
    kind=Kind.TENANT,
    title="The sign-in service of the company's own staff",
    receives="That somebody of the company's staff signs in, and nothing of anybody else.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_AUTHENTICATION,
    places=_oidc,
)
DATABASE = Recipient(
    name="data.database",
    kind=Kind.PROCESSOR,
    title="Database",
    receives="Everything that is kept, as the platform's own store.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
    places=_database,
)
HINTS = Recipient(
    name="data.hints",
    kind=Kind.PROCESSOR,
    title="Exchange of hints",
    receives="Ids of what has changed, for a moment.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS,
    places=_redis,
)
TENANT = Recipient(
    name="people.tenant",
    kind=Kind.TENANT,
    title="The company on whose site you chat",
    receives="What you say on its site, read by its own people, each reading on record.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
)
TENANT_SYSTEM = Recipient(
    name="tenant.webhook",
    kind=Kind.TENANT,
    title="A system of the company's own",
    receives="Ids of your conversations and what happened to them, and no word of yours, each time on record.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
    is_lent=True,
)
SUBJECT = Recipient(
    name="people.subject",
    kind=Kind.SUBJECT,
    title="You",
    receives="A copy of all that is held about you, when you ask.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION,
)
AUTHORITY = Recipient(
    name="people.authority",
    kind=Kind.AUTHORITY,
    title="An authority that the law lets ask",
    receives="Exactly what a case names that two people agreed on, on record.",
    purpose=access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION,
)

RECIPIENTS: Mapping[str, Recipient] = {
    each.name: each
    for each in (
        TENANT,
        TENANT_SYSTEM,
        SUBJECT,
        AUTHORITY,
        DATABASE,
        HINTS,
        FILE_STORE,
        FILE_SCANNER,
        BACKUP_STORE,
        MAIL_RELAY,
        NAME_SERVER,
        OIDC_PROVIDER,
        TRACE_COLLECTOR,
    )
}


def is_allowed(regime: Regime, kind: Kind) -> bool:
    """Says whether data of a regime may go to recipients of a kind. The house gives nothing to anybody (clause C12)."""
    return regime is Regime.ASP or kind in OF_THE_HOUSE


def permit(regime: Regime, recipient: Recipient) -> None:
    """Raises RecipientDenied where data of a regime may not go to a recipient; for the house, a legal case included."""
    if RECIPIENTS.get(recipient.name) is not recipient or not is_allowed(regime, recipient.kind):
        raise RecipientDenied


def recipients_of(regime: Regime) -> list[Recipient]:
    """Returns the recipients that data of a regime can have."""
    return [each for each in RECIPIENTS.values() if is_allowed(regime, each.kind)]
