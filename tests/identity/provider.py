"""An OpenID provider of the tests: another party, reached through TLS, that answers as it is told to."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "parley", "the client's secret"


@dataclass(slots=True)
class OpenId:
    """A provider, and what it says of whoever signs in."""

    issuer: str
    certificate: Path
    claims: dict[str, Any] = field(default_factory=dict)
    #: What its description says beside the truth.
    lies: dict[str, Any] = field(default_factory=dict)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    #: With which its tokens are signed, where that is another one than it publishes.
    other_key: ec.EllipticCurvePrivateKey | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def agree(self, address: str) -> dict[str, str]:
        """Signs somebody in at its page, and returns what the browser brings back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code {len(self._codes)}"
        self._codes[code] = query
        return {"code": code, "state": query["state"]}

    async def describe(self, request: Request) -> JSONResponse:
        """Says where it is."""
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse(document | self.lies)

    async def keys(self, request: Request) -> JSONResponse:
        """Publishes its key."""
        key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse({"keys": [key | {"kid": "one", "alg": "ES256", "use": "sig"}]})

    async def token(self, request: Request) -> JSONResponse:
        """Gives a token for a code, once, to whoever has the secret and the verifier."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.asked.append(form)
        asked = self._codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or form["client_secret"] != CLIENT_SECRET
            or form["redirect_uri"] != asked["redirect_uri"]
            or challenge.decode() != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.claims
        signed = jwt.encode(claims, self.other_key or self.key, algorithm="ES256", headers={"kid": "one"})
        return JSONResponse({"id_token": signed, "access_token": "nothing", "token_type": "Bearer"})


def certify(folder: Path) -> tuple[Path, Path]:
    """Writes a certificate for this machine and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


class Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        """Takes how to serve."""
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, and says so."""
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def answering(issuer: str, folder: Path) -> AsyncIterator[OpenId]:
    """Has a provider answer at an issuer on this machine."""
    certificate, key = certify(folder)
    provider = OpenId(issuer, certificate)
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.describe),
            Route("/keys", provider.keys),
            Route("/token", provider.token, methods=["POST"]),
        ]
    )
    port = urlsplit(issuer).port
    assert port is not None
    config = uvicorn.Config(
        app,
        host="localhost",
        port=port,
        ssl_certfile=str(certificate),
        ssl_keyfile=str(key),
        log_config=None,
        lifespan="off",
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            await server.up.wait()
        yield provider
    finally:
        server.should_exit = True
        await serving
