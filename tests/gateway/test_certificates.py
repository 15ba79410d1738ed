"""The certificates that strangers are shown: renewed in place without a restart, and what is of no use is said."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from gateway.mail.door import Door
from gateway.mail.recipients import Recipients
from kernel.certificates import ShownCertificate
from kernel.config import Config, WrongSetting
from kernel.rpc.channels import Channels
from tests.gateway.test_http import a_certificate
from tests.kernel.test_mtls import Authority


async def shown(port: int) -> bytes:
    """Says STARTTLS to the door for mail, and returns the certificate that it shows."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"STARTTLS\r\n")
    assert (await reader.readline()).startswith(b"220")
    await writer.start_tls(context)
    found: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return found


async def test_mail_comes_in_under_a_renewed_certificate_without_a_restart(tmp_path: Path) -> None:
    certificate, key = a_certificate(tmp_path)

    def written() -> bytes:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(serialization.Encoding.DER)

    config = Config(
        secret_key="secret", mail_listen="127.0.0.1:0", mail_certificate=str(certificate), mail_key=str(key)
    )
    channels = Channels(config, "mail")
    door = Door(config, Recipients(config, channels))
    await door.start()
    try:
        assert door.certificate is not None
        first = await shown(door.port)
        assert first == written()
        certificate.write_text("half of a certifi")
        assert not door.certificate.look()
        assert await shown(door.port) == first
        a_certificate(tmp_path)
        assert door.certificate.look()
        assert await shown(door.port) == written() != first
    finally:
        await door.stop()
        await channels.close()


def test_a_certificate_of_no_use_is_said_at_the_start(tmp_path: Path) -> None:
    issued, other = Authority().settings(tmp_path, "one"), Authority().settings(tmp_path, "other")
    good = replace(issued, tls_certificate=issued.mtls_certificate, tls_key=issued.mtls_key)

    def said(certificate: str, key: str) -> str:
        with pytest.raises(WrongSetting) as caught:
            ShownCertificate(certificate, key, settings="A and B")
        return str(caught.value)

    assert said(good.tls_certificate, other.mtls_key) == "A and B: the key is another certificate's"
    assert said(str(tmp_path / "none"), good.tls_key) == "A and B: a file cannot be read (No such file or directory)"
    assert said(good.tls_certificate, good.tls_certificate) == "A and B: a file holds something else than it should"


@pytest.mark.parametrize("place", ["nonsense", "127.0.0.1:smtp", "http://127.0.0.1:25", ""])
def test_a_door_for_mail_that_is_nowhere_is_said(place: str) -> None:
    config = Config(secret_key="secret", mail_listen=place)
    with pytest.raises(WrongSetting, match="PARLEY_MAIL_LISTEN is not of the form host:port"):
        Door(config, Recipients(config, Channels(config, "mail")))


def test_one_that_has_ended_is_shown_all_the_same_and_takes_the_place_of_none_that_is_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority()
    ended = authority.settings(tmp_path, "one", hours=0)
    certificate = ShownCertificate(ended.mtls_certificate, ended.mtls_key, settings="A and B")
    authority.settings(tmp_path, "one")
    assert certificate.look()
    authority.settings(tmp_path, "one", hours=0)
    assert not certificate.look()
    authority.settings(tmp_path, "one")
    assert certificate.look()
    noted = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(each["event"], each["reason"]) for each in noted] == [
        ("the certificate is not good at this time", "HAS_ENDED"),
        ("new certificates cannot be used; the old ones stay", "HAS_ENDED"),
    ]
