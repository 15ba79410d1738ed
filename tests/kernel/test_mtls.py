"""With certificates set, processes speak to those whom their authority knows, and to nobody else."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import grpc.aio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health_pb2, health_pb2_grpc

from kernel.certificates import Certificates
from kernel.config import Config, WrongSetting
from kernel.identity import KeyRing, Revocations
from kernel.rpc.certificates import RenewingChannel
from kernel.rpc.channels import open_channel
from kernel.rpc.server import Server
from kernel.telemetry import logs


class Authority:
    """Somebody who issues certificates."""

    def __init__(self) -> None:
        """Makes the authority's own certificate."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test authority {secrets.token_hex(4)}")])
        self.certificate = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *, late: timedelta = timedelta(), hours: int = 1000
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC) + late
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(hours=hours))
        )

    def settings(
        self,
        folder: Path,
        name: str,
        *,
        names: Sequence[str] = (),
        also: Sequence[Authority] = (),
        late: timedelta = timedelta(),
        hours: int = 1,
    ) -> Config:
        """Issues a certificate for loopback and further names, and returns settings that use it.

        They believe others `also`. The `hours` for which it is good begin so much `late`.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made_out_to = x509.SubjectAlternativeName([_named(each) for each in ("127.0.0.1", *names)])
        certificate = (
            self._builder(subject, key, late=late, hours=hours)
            .add_extension(made_out_to, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        paths = {part: folder / f"{name}.{part}" for part in ("certificate", "key", "ca")}
        paths["certificate"].write_bytes(certificate.public_bytes(pem))
        paths["key"].write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        paths["ca"].write_bytes(b"".join(each.certificate.public_bytes(pem) for each in (self, *also)))
        return Config(
            secret_key="secret",
            listen="127.0.0.1:0",
            mtls_certificate=str(paths["certificate"]),
            mtls_key=str(paths["key"]),
            mtls_ca=str(paths["ca"]),
        )

    def issue(self, other: Authority) -> x509.Certificate:
        """Issues a certificate for another authority, which is then between this one and whoever trusts it."""
        key = other._key
        return (
            self._builder(other._name, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


async def ask(port: int, config: Config) -> int:
    """Asks a server how it is, and returns the answer."""
    async with open_channel(f"127.0.0.1:{port}", config) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        return int(answer.status)


async def until_serving(port: int, config: Config) -> None:
    """Waits until a server says that it serves."""
    async with asyncio.timeout(10), open_channel(f"127.0.0.1:{port}", config) as channel:
        async for answer in health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest()):
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return


async def test_only_those_whom_the_authority_knows_get_through(tmp_path: Path) -> None:
    ours, theirs = Authority(), Authority()
    keys = KeyRing()
    server = Server("chat", ours.settings(tmp_path, "server"), keys, Revocations())
    await server.start()
    try:
        client = ours.settings(tmp_path, "client")
        # Without a key it can let nobody in, and says so.
        assert await ask(server.port, client) == health_pb2.HealthCheckResponse.NOT_SERVING
        keys.replace({"one": Ed25519PrivateKey.generate().public_key().public_bytes_raw()})
        await until_serving(server.port, client)
        stranger = theirs.settings(tmp_path, "stranger", also=[ours])
        for refused in (stranger, Config(secret_key="secret")):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await ask(server.port, refused)
            assert caught.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
    finally:
        await server.stop(0)


async def test_certificates_are_exchanged_under_running_calls_without_a_restart(tmp_path: Path) -> None:
    old, new = Authority(), Authority()
    keys = KeyRing()
    keys.replace({"one": Ed25519PrivateKey.generate().public_key().public_bytes_raw()})
    server = Server("chat", old.settings(tmp_path, "server"), keys, Revocations())
    await server.start()
    try:
        client = old.settings(tmp_path, "client")
        serving = health_pb2.HealthCheckResponse.SERVING
        async with open_channel(f"127.0.0.1:{server.port}", client) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            running = stub.Watch(health_pb2.HealthCheckRequest())
            assert (await running.read()).status == serving
            # While a pair is half written, the one at hand stays.
            Path(client.mtls_certificate).write_bytes(b"half of a certifi")
            assert await ask(server.port, old.settings(tmp_path, "another")) == serving
            # Both sides get certificates of another authority, and believe nobody else.
            for name in ("server", "client"):
                new.settings(tmp_path, name)
            assert isinstance(channel, RenewingChannel)
            channel._looked = float("-inf")
            before = channel.now
            channel._looked = float("-inf")
            assert (await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)).status == serving
            assert channel.now is before
            with pytest.raises(grpc.aio.AioRpcError):
                await ask(server.port, old.settings(tmp_path, "late"))
            # What ran before goes on over the connection on which it began.
            await server._health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
            assert (await running.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
            running.cancel()
    finally:
        await server.stop(0)


def written(config: Config) -> dict[Path, bytes]:
    """Returns the files of a certificate with what is in them."""
    paths = (Path(each) for each in (config.mtls_certificate, config.mtls_key, config.mtls_ca))
    return {path: path.read_bytes() for path in paths}


UNFIT = {
    "ended": "has ended",
    "not good yet": "not good yet",
    "of another authority": "none of the authorities",
    "with another's key": "another certificate's",
    "half written": "something else",
}


@pytest.mark.parametrize("how", UNFIT)
def test_new_certificates_that_nobody_would_believe_do_not_take_the_place_of_good_ones(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("test")
    ours, theirs = Authority(), Authority()
    config = ours.settings(tmp_path, "process")
    certificates = Certificates.between_processes(config)
    good, certificate = certificates.pair, Path(config.mtls_certificate)
    if how == "of another authority":
        # The authority was exchanged before the certificates that it issues, and is alone in its file.
        Path(config.mtls_ca).write_bytes(theirs.certificate.public_bytes(serialization.Encoding.PEM))
    elif how == "with another's key":
        certificate.write_bytes(written(ours.settings(tmp_path, "another"))[tmp_path / "another.certificate"])
    elif how == "half written":
        certificate.write_bytes(certificate.read_bytes()[:100])
    else:
        ours.settings(tmp_path, "process", late=timedelta(hours=2) * (1 if how == "not good yet" else -1))
    # However often they are looked at, it is said once.
    assert not any(certificates.renewed() for _ in range(3))
    assert capsys.readouterr().err.count("new certificates cannot be used") == 1
    assert certificates.pair is good
    # A process that is started with them says what is wrong with them, and no value.
    with pytest.raises(WrongSetting, match=f"PARLEY_MTLS_CERTIFICATE.*{UNFIT[how]}"):
        Certificates.between_processes(config)
    # Once the files are right they are taken.
    both = ours.settings(tmp_path, "process", also=[theirs])
    assert certificates.renewed()
    assert certificates.pair == Certificates.between_processes(both).pair


def test_a_certificate_may_lead_to_its_authority_by_one_between(tmp_path: Path) -> None:
    root, between = Authority(), Authority()
    issued = root.issue(between)
    config = between.settings(tmp_path, "process")
    authority, certificate = Path(config.mtls_ca), Path(config.mtls_certificate)
    authority.write_bytes(root.certificate.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(WrongSetting, match="none of the authorities"):
        Certificates.between_processes(config)
    certificate.write_bytes(certificate.read_bytes() + issued.public_bytes(serialization.Encoding.PEM))
    assert Certificates.between_processes(config).pair.authority == authority.read_bytes()
