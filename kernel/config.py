"""Reads the settings of a process from its environment, once, at start.

Each setting says what it does, which variable sets it, and whether it is a secret. A secret never appears in a log or
in `parley config`. A tenant's own settings are something else: they live in `kernel.settings`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from kernel.forms import FORMS, PLACES, fits

SERVICES = ("identity", "privacy", "chat", "survey", "support", "community")


def setting(variable: str, doc: str, *, default: Any, secret: bool = False) -> Any:
    """Declares one setting."""
    return field(default=default, metadata={"variable": variable, "doc": doc, "secret": secret}, repr=not secret)


class WrongSetting(ValueError):
    """A setting has a value that it cannot have; the text names the variable, and never the value."""


class CannotStart(Exception):
    """What the settings name cannot be worked with; the text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one process."""

    data_dir: Path = setting("PARLEY_DATA", "The folder for everything that the process keeps.", default=Path(".data"))
    port: int = setting("PARLEY_PORT", "The gateway's port.", default=8400)
    bind: str = setting("PARLEY_BIND", "The address on which the gateway listens.", default="127.0.0.1")
    public_base: str = setting(
        "PARLEY_PUBLIC_BASE",
        "The address under which people reach the platform; the parts of it get host names below this one.",
        default="",
    )
    api_origin: str = setting("PARLEY_API_ORIGIN", "The origin of the API; empty derives it.", default="")
    console_origin: str = setting("PARLEY_CONSOLE_ORIGIN", "The origin of the console; empty derives it.", default="")
    widget_origin: str = setting("PARLEY_WIDGET_ORIGIN", "The origin of the widget; empty derives it.", default="")
    community_origin: str = setting(
        "PARLEY_COMMUNITY_ORIGIN", "The origin of the communities' pages; empty derives it.", default=""
    )
    content_origin: str = setting("PARLEY_CONTENT_ORIGIN", "The origin of user content; empty derives it.", default="")
    database_url: str = setting(
        "PARLEY_DATABASE_URL",
        "The owner's PostgreSQL address; empty starts a server of our own.",
        default="",
        secret=True,
    )
    database_pooled: bool = setting(
        "PARLEY_DATABASE_POOLED",
        "Whether services reach PostgreSQL through a pooler that gives a connection for one transaction at a time.",
        default=False,
    )
    database_replicas: tuple[str, ...] = setting(
        "PARLEY_DATABASE_REPLICAS",
        "The addresses of the database's replicas, to search and to report from, separated by commas; empty for none.",
        default=(),
        secret=True,
    )
    redis_url: str = setting(
        "PARLEY_REDIS_URL", "The Redis address; empty starts the embedded server.", default="", secret=True
    )
    secret_key: str = setting(
        "PARLEY_SECRET_KEY",
        "The deployment's key: the internal key, the runtime roles' passwords and the pseudonyms are derived from it.",
        default="",
        secret=True,
    )
    identity_addresses: tuple[str, ...] = setting(
        "PARLEY_IDENTITY_ADDRESSES", "Where identity listens, separated by commas.", default=("127.0.0.1:8411",)
    )
    privacy_addresses: tuple[str, ...] = setting(
        "PARLEY_PRIVACY_ADDRESSES", "Where privacy listens, separated by commas.", default=("127.0.0.1:8412",)
    )
    chat_addresses: tuple[str, ...] = setting(
        "PARLEY_CHAT_ADDRESSES", "Where the chat replicas listen, separated by commas.", default=("127.0.0.1:8413",)
    )
    survey_addresses: tuple[str, ...] = setting(
        "PARLEY_SURVEY_ADDRESSES", "Where survey listens, separated by commas.", default=("127.0.0.1:8414",)
    )
    community_addresses: tuple[str, ...] = setting(
        "PARLEY_COMMUNITY_ADDRESSES", "Where community listens, separated by commas.", default=("127.0.0.1:8416",)
    )
    support_addresses: tuple[str, ...] = setting(
        "PARLEY_SUPPORT_ADDRESSES", "Where the support desk listens, separated by commas.", default=("127.0.0.1:8415",)
    )
    listen: str = setting(
        "PARLEY_LISTEN",
        "Where a service listens; without a port, on that of its first address; empty takes that address.",
        default="",
    )
    frame_rate: float = setting(
        "PARLEY_FRAME_RATE", "How many live frames a second one socket may send, twice as many at once.", default=50.0
    )
    post_rate: float = setting(
        "PARLEY_POST_RATE", "How many messages a second one socket may post, twice as many at once.", default=10.0
    )
    lease_seconds: int = setting(
        "PARLEY_LEASE_SECONDS",
        "How long an operator may be silent before what the person answers goes back to the queue.",
        default=90,
    )
    metrics_port: int = setting(
        "PARLEY_METRICS_PORT",
        "The port of /metrics; 0 for none. `parley up` gives the gateway the one after it.",
        default=0,
    )
    metrics_bind: str = setting("PARLEY_METRICS_BIND", "The address on which /metrics is served.", default="127.0.0.1")
    tls_certificate: str = setting("PARLEY_TLS_CERTIFICATE", "The gateway's certificate file, or empty.", default="")
    tls_key: str = setting("PARLEY_TLS_KEY", "The gateway's key file; empty for none.", default="")
    one_host: bool = setting(
        "PARLEY_ONE_HOST",
        "Whether all processes and stores are on one machine, whatever their names, so that nothing that they say to"
        " one another leaves it; `parley doctor` then asks for no TLS between them.",
        default=False,
    )
    mtls_certificate: str = setting("PARLEY_MTLS_CERTIFICATE", "A service's certificate file.", default="")
    mtls_key: str = setting("PARLEY_MTLS_KEY", "A service's key file.", default="")
    mtls_ca: str = setting("PARLEY_MTLS_CA", "The authority that services trust in one another.", default="")
    trusted_proxies: tuple[str, ...] = setting(
        "PARLEY_TRUSTED_PROXIES", "The networks whose forwarding headers are believed, separated by commas.", default=()
    )
    limit_requests: int = setting(
        "PARLEY_LIMIT_REQUESTS", "How many requests an address may make in a minute; 0 for no limit.", default=1200
    )
    limit_starts: int = setting(
        "PARLEY_LIMIT_STARTS", "How many conversations an address may start in a minute; 0 for no limit.", default=60
    )
    limit_sign_ins: int = setting(
        "PARLEY_LIMIT_SIGN_INS", "How often an address may try to sign in in a minute; 0 for no limit.", default=20
    )
    limit_codes: int = setting(
        "PARLEY_LIMIT_CODES",
        "How many codes an address may ask for, have mailed or try in a minute; 0 for no limit.",
        default=30,
    )
    limit_site_keys: int = setting(
        "PARLEY_LIMIT_SITE_KEYS",
        "How many unknown keys of sites an address may have looked up in a minute; 0 for no limit.",
        default=60,
    )
    most_sockets: int = setting(
        "PARLEY_MOST_SOCKETS", "How many live sockets a gateway takes; more are sent elsewhere.", default=20_000
    )
    drain_seconds: int = setting(
        "PARLEY_DRAIN_SECONDS", "How long a gateway says that it is not ready before it stops to listen.", default=0
    )
    web_dist: Path = setting(
        "PARLEY_WEB_DIST",
        "The folder of the built web part.",
        default=Path(__file__).resolve().parents[1] / "web" / "dist",
    )
    journal_dir: str = setting(
        "PARLEY_JOURNAL_DIR",
        "The folder of the journal of erasures and revocations; empty for `journal` in the data folder.",
        default="",
    )
    journal_copy_dir: str = setting(
        "PARLEY_JOURNAL_COPY_DIR",
        "A second folder, on another disk, that gets every entry of the journal at the same moment; empty for none.",
        default="",
    )
    backup_dir: str = setting(
        "PARLEY_BACKUP_DIR", "The folder for each night's backup; empty for `backups` in the data folder.", default=""
    )
    backup_recipients: tuple[str, ...] = setting(
        "PARLEY_BACKUP_RECIPIENTS",
        "The public keys for which backups are sealed, separated by commas; empty seals none.",
        default=(),
    )
    backup_copy: str = setting(
        "PARLEY_BACKUP_COPY",
        "The second place of sealed backups: a folder on another machine, or an address such as s3://bucket/prefix.",
        default="",
    )
    backup_keep_days: int = setting(
        "PARLEY_BACKUP_KEEP_DAYS", "After how many days a backup is removed from both places; at most 34.", default=33
    )
    connections_dir: str = setting(
        "PARLEY_CONNECTIONS_DIR",
        "A folder in which every process notes to whom it connects, once for each place; empty notes nothing.",
        default="",
    )
    otlp_endpoint: str = setting("PARLEY_OTLP_ENDPOINT", "Where traces go; empty keeps none.", default="")
    smtp_url: str = setting(
        "PARLEY_SMTP_URL", "The mail relay; empty writes mail into the data folder.", default="", secret=True
    )
    mail_listen: str = setting(
        "PARLEY_MAIL_LISTEN",
        "Where mail comes in, as host:port by SMTP or lmtp://host:port; empty lets `parley up` choose a port.",
        default="",
    )
    mail_host: str = setting(
        "PARLEY_MAIL_HOST", "The host behind the @ of the platform's own addresses; empty derives it.", default=""
    )
    mail_certificate: str = setting(
        "PARLEY_MAIL_CERTIFICATE",
        "The certificate file with which mail comes in encrypted; empty offers no TLS.",
        default="",
    )
    mail_key: str = setting("PARLEY_MAIL_KEY", "The key file of that certificate.", default="")
    mail_tls_only: bool = setting(
        "PARLEY_MAIL_TLS_ONLY", "Whether mail is refused that does not come in encrypted.", default=False
    )
    mail_checked_by: str = setting(
        "PARLEY_MAIL_CHECKED_BY",
        "The name under which your mail server notes SPF, DKIM and DMARC (its authserv-id); empty believes no note.",
        default="",
    )
    dns_server: str = setting(
        "PARLEY_DNS_SERVER",
        "The address (or address:port) of the DNS server that is asked about domains from which mail is sent; empty"
        " takes the machine's own, and `none` asks nobody.",
        default="",
    )
    mail_spf: str = setting(
        "PARLEY_MAIL_SPF",
        "What an SPF record says so that it names your mail relay, such as include:relay.example; empty takes a: and"
        " the relay's host.",
        default="",
    )
    dkim_selector: str = setting(
        "PARLEY_DKIM_SELECTOR",
        "The selector under which your mail relay signs (DKIM); empty looks up no key.",
        default="",
    )
    dkim_public_key: str = setting(
        "PARLEY_DKIM_PUBLIC_KEY",
        "The public key of that selector, as what stands behind p= in its record; empty takes any.",
        default="",
    )
    most_mails: int = setting(
        "PARLEY_MOST_MAILS", "How many senders of mail are served at once; more are asked to come back.", default=20
    )
    oidc_issuers: tuple[str, ...] = setting(
        "PARLEY_OIDC_ISSUERS", "OpenID issuers at which a tenant's staff may sign in; empty allows none.", default=()
    )
    oidc_hosts: tuple[str, ...] = setting(
        "PARLEY_OIDC_HOSTS", "Further hosts (host or host:port) on which those issuers answer.", default=()
    )
    webhook_networks: tuple[str, ...] = setting(
        "PARLEY_WEBHOOK_NETWORKS",
        "Networks that are not public and into which tenants' webhooks may go all the same, separated by commas.",
        default=(),
    )
    files_url: str = setting("PARLEY_FILES_URL", "The object store; empty uses the data folder.", default="")
    scanner_address: str = setting("PARLEY_SCANNER_ADDRESS", "ClamAV's host:port; empty scans by type.", default="")
    log_level: str = setting("PARLEY_LOG_LEVEL", "The lowest level that is logged.", default="info")
    reflection: bool = setting("PARLEY_REFLECTION", "Whether services answer gRPC reflection.", default=True)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Reads the environment; a value of the wrong form raises WrongSetting with the variable's name only.

        A secret may stand in a file instead, whose path stands in the variable with `_FILE` behind its name.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for each in fields(cls):
            variable = each.metadata["variable"]
            raw = environ.get(variable)
            if each.metadata["secret"] and (path := environ.get(f"{variable}_FILE")):
                raw = _from_file(variable, path, given=raw)
            if raw is not None:
                values[each.name] = _read(variable, raw, each.default)
        return cls(**values)

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Returns the names of all variables that are read, those of files with secrets included."""
        names = {each.metadata["variable"] for each in fields(cls)}
        return frozenset(
            names | {f"{each.metadata['variable']}_FILE" for each in fields(cls) if each.metadata["secret"]}
        )

    @property
    def base(self) -> str:
        """The public address, derived from the port where none is set."""
        return self.public_base or f"http://localhost:{self.port}"

    def origin(self, part: str) -> str:
        """Returns the origin of `api`, `console` or another of our hosts, or of any other host below the base."""
        explicit: str = getattr(self, f"{part}_origin", "")
        if explicit:
            return explicit
        url = urlsplit(self.base)
        port = f":{url.port}" if url.port else ""
        return f"{url.scheme}://{part}.{url.hostname}{port}"

    @property
    def mail_domain(self) -> str:
        """What stands behind the @ of the platform's own addresses."""
        return self.mail_host or str(urlsplit(self.origin("mail")).hostname)

    def addresses(self, service: str) -> tuple[str, ...]:
        """Returns where a service's replicas listen."""
        found: tuple[str, ...] = getattr(self, f"{service}_addresses")
        return found

    def listens(self, service: str) -> str:
        """Returns where a service of this process listens."""
        first = self.addresses(service)[0]
        if not self.listen:
            return first
        has_port = self.listen.startswith("unix:") or self.listen.rpartition(":")[2].isdigit()
        # Several services of one process have a port each, and every host of a deployment may be set up alike.
        return self.listen if has_port else f"{self.listen}:{first.rpartition(':')[2]}"

    def for_part(self, part: str) -> Self:
        """Returns the settings where they have all that a part of a deployment needs; raises WrongSetting elsewhere.

        `part` is a service, `all`, `gateway`, `mail` or `migrate`. Nothing is made up for what is missing: a key of
        nothing would be a key that everybody knows.
        """
        needed = ["secret_key"]
        if part not in ("gateway", "mail"):
            needed += ["database_url"] if part == "migrate" else ["database_url", "redis_url"]
        missing = [
            each.metadata["variable"] for each in fields(self) if each.name in needed and not getattr(self, each.name)
        ]
        if missing:
            raise WrongSetting(
                f"{part} needs what is not set, or empty: {', '.join(missing)}; it may stand in a file, whose path is"
                " then in the same name with _FILE behind it"
            )
        for names in (
            ("mtls_certificate", "mtls_key", "mtls_ca"),
            ("tls_certificate", "tls_key"),
            ("mail_certificate", "mail_key"),
        ):
            # One of them alone would leave a line open that somebody meant to close.
            if len({bool(getattr(self, name)) for name in names}) > 1:
                variables = [each.metadata["variable"] for each in fields(self) if each.name in names]
                raise WrongSetting(f"{', '.join(variables)} belong together: set all of them, or none")
        self.check_urls()
        self._check_forms()
        return self

    def _check_forms(self) -> None:
        """Raises WrongSetting for a value of which nothing can be made, whatever part it is for."""
        wanted = {name: form for name, form in FORMS.items() if getattr(self, name)}
        for name, (test, form) in (wanted | {f"{service}_addresses": PLACES for service in SERVICES}).items():
            if not fits(test, getattr(self, name)):
                variable = type(self).__dataclass_fields__[name].metadata["variable"]
                raise WrongSetting(f"{variable} has a value of the wrong form: it is {form}")

    def check_urls(self) -> None:
        """Raises WrongSetting where an address of a store could not be read as one."""
        for variable, urls, schemes in (
            ("PARLEY_DATABASE_URL", [self.database_url], ("postgresql", "postgres")),
            ("PARLEY_DATABASE_REPLICAS", self.database_replicas, ("postgresql", "postgres")),
            ("PARLEY_REDIS_URL", [self.redis_url], ("redis", "rediss", "unix")),
        ):
            for url in urls:
                if url and not _is_url(url, schemes):
                    raise WrongSetting(
                        f"{variable} has a value of the wrong form: {schemes[0]}://user:password@host:port/name, where "
                        "a sign such as / @ : or % in the password is written as %2F %40 %3A or %25"
                    )

    def with_addresses(self, addresses: Mapping[str, tuple[str, ...]]) -> Self:
        """Returns the same settings with other addresses of services."""
        changes: dict[str, Any] = {f"{service}_addresses": found for service, found in addresses.items()}
        return replace(self, **changes)

    def as_env(self) -> dict[str, str]:
        """Writes the settings as an environment for a child process; secrets are in it."""
        written: dict[str, str] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, tuple):
                value = ",".join(value)
            written[each.metadata["variable"]] = str(int(value)) if isinstance(value, bool) else str(value)
            if each.metadata["secret"]:
                # What was read from a file is passed on as it was read, and not read again.
                written[f"{each.metadata['variable']}_FILE"] = ""
        return written


def _is_url(url: str, schemes: Sequence[str]) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # Reading it raises where it is no number.
    except ValueError:
        return False
    return parts.scheme in schemes and not set(url) & set("\r\n\t")


def _from_file(variable: str, path: str, *, given: str | None) -> str:
    if given is not None:
        raise WrongSetting(f"{variable} and {variable}_FILE are both set; set one of them")
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise WrongSetting(f"{variable}_FILE names a file that cannot be read") from None


def _read(variable: str, raw: str, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return {"1": True, "true": True, "0": False, "false": False}[raw.lower()]
        if isinstance(default, int):
            return int(raw)
        if isinstance(default, float):
            return float(raw)
        if isinstance(default, tuple):
            return tuple(part.strip() for part in raw.split(",") if part.strip())
        if isinstance(default, Path):
            return Path(raw)
    except (KeyError, ValueError):
        raise WrongSetting(f"{variable} has a value of the wrong form") from None
    return raw


def deployment_key(data_dir: Path) -> str:
    """Returns the key of a small deployment, made at the first start and kept in its data folder (mode 0600)."""
    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
