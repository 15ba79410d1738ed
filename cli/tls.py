"""What `parley doctor` sees of TLS: how people come, what is said to the stores, and whether certificates are good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509

from cli.finding import Finding
from kernel.certificates import Certificates
from kernel.config import Config, WrongSetting
from kernel.storage.database import plain_url

CERTIFICATE_LEFT = timedelta(days=14)


def about_tls(config: Config, now: datetime) -> list[Finding]:
    """Looks whether people come by https, and how long certificates are good."""
    findings = []
    host = config.base.partition("://")[2].partition(":")[0]
    if not config.base.startswith("https://") and host != "localhost":
        findings.append(
            Finding(
                "tls",
                "People reach this platform by plain HTTP.",
                "Set PARLEY_PUBLIC_BASE to an https:// address, behind Caddy or with PARLEY_TLS_CERTIFICATE.",
            )
        )
    stores = [each for each in (config.database_url, *config.database_replicas) if each]
    if not config.one_host and not all(_is_private(plain_url(each)) for each in stores):
        findings.append(
            Finding(
                "tls",
                "What is said to the database on another machine can be read on the way, or by somebody in its place.",
                "Add ?sslmode=verify-full&sslrootcert=<the authority's file> to PARLEY_DATABASE_URL"
                " and to each of PARLEY_DATABASE_REPLICAS.",
            )
        )
    for name, path in (
        ("the gateway", config.tls_certificate),
        ("this service", config.mtls_certificate),
        ("the authority between services", config.mtls_ca),
        ("the door for mail", config.mail_certificate),
    ):
        if path:
            findings += _about_certificate(name, Path(path), now)
    for name, key, certificate, settings in (
        ("the gateway", config.tls_key, config.tls_certificate, "PARLEY_TLS_CERTIFICATE and PARLEY_TLS_KEY"),
        ("the door for mail", config.mail_key, config.mail_certificate, "PARLEY_MAIL_CERTIFICATE and PARLEY_MAIL_KEY"),
    ):
        # What cannot be read or has ended is said above.
        if certificate and not any(name in each.found and "ends in" not in each.found for each in findings):
            findings += _about_pair(lambda: Certificates(key, certificate, settings=settings))  # noqa: B023 - At once.
    if config.mtls_ca and not findings:
        findings += _about_pair(lambda: Certificates.between_processes(config))
    return findings


def _about_pair(reading: Callable[[], Certificates]) -> list[Finding]:
    try:
        reading()
    except WrongSetting as error:
        mend = "Put the files there that belong together; processes that run keep the ones that they have."
        return [Finding("tls", f"{error}.", mend)]
    return []


def _is_private(url: str) -> bool:
    """Says whether an address is this machine's, or asks for TLS with a server that proves who it is."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    (host,) = options.get("host", [parts.hostname or ""])[-1:]
    is_here = host in ("", "localhost", "127.0.0.1", "::1") or host.startswith("/")
    return is_here or options.get("sslmode", [""])[-1] == "verify-full"


def _about_certificate(name: str, path: Path, now: datetime) -> list[Finding]:
    try:
        # Behind a certificate stand those that lead to it; of several authorities the first to end counts as well.
        ends = min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError, IndexError) as error:
        return [Finding("tls", f"The certificate of {name} cannot be read ({type(error).__name__}).", f"Renew {path}.")]
    left = ends - now
    if left > CERTIFICATE_LEFT:
        return []
    said = "has ended" if left <= timedelta() else f"ends in {left.days} days"
    return [Finding("tls", f"The certificate of {name} {said}.", f"Renew {path}.")]
