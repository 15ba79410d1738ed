"""Debian's own engines, on this machine or on a host of a network, which let nobody in without TLS."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kernel.config import Config
from tests.platform import free_ports

ACCOUNT = "postgres"
#: How long an engine may take to start.
START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """Debian's PostgreSQL, and the authority behind its certificate."""

    port: int
    password: str
    authority: Path

    def url(
        self,
        mode: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        authority: Path | None = None,
        database: str = "postgres",
    ) -> str:
        """Returns the owner's address."""
        trusted = f"&sslrootcert={authority or self.authority}" if mode.startswith("verify") else ""
        place = f"{host}:{port or self.port}"
        return f"postgresql://{ACCOUNT}:{self.password}@{place}/{database}?sslmode={mode}{trusted}"


@contextmanager
def a_server(folder: Path, issued: Config, *, open_to: str = "", by: Sequence[str] = ()) -> Iterator[Server]:
    """Runs the server in a folder to which its account can come, with the files of a certificate that lie there.

    It lets people into the database `open_to` without TLS as well. Run `by` a program that leads to another host, it
    is open to all of that host's network.
    """
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    password, (port,) = secrets.token_hex(16), free_ports(1)
    (folder / "password").write_text(password)
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, ACCOUNT, ACCOUNT)
        path.chmod(0o700 if path.is_dir() else 0o600)
    data = folder / "data"

    def do(*command: str) -> None:
        subprocess.run([*by, "runuser", "-u", ACCOUNT, "--", *command], check=True, capture_output=True, cwd=folder)

    do(
        *(str(programs / "initdb"), f"--pgdata={data}", f"--username={ACCOUNT}", f"--pwfile={folder / 'password'}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
    )
    around = "0.0.0.0/0" if by else "127.0.0.1/32"
    (data / "pg_hba.conf").write_text(
        f"hostssl all all {around} scram-sha-256\n"
        + (f"hostnossl {open_to} all {around} scram-sha-256\n" if open_to else "")
    )
    settings = {
        "port": str(port),
        "listen_addresses": "*" if by else "127.0.0.1",
        "unix_socket_directories": "",
        "ssl": "on",
        "ssl_cert_file": issued.mtls_certificate,
        "ssl_key_file": issued.mtls_key,
        "max_connections": "200",
        "fsync": "off",
    }
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    control = (str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"))
    do(*control, "start")
    try:
        yield Server(port, password, Path(issued.mtls_ca))
    finally:
        do(*control, "-m", "immediate", "stop")


@contextmanager
def a_redis(folder: Path, issued: Config, *, host: str, by: Sequence[str]) -> Iterator[str]:
    """Runs Redis on a host, with TLS only, and yields its address; whoever connects needs its password."""
    password, (port,) = secrets.token_hex(16), free_ports(1)
    log = folder / "redis.log"
    settings = {
        "port": "0",
        "tls-port": str(port),
        "tls-cert-file": issued.mtls_certificate,
        "tls-key-file": issued.mtls_key,
        "tls-ca-cert-file": issued.mtls_ca,
        "tls-auth-clients": "no",
        "bind": "0.0.0.0",
        "requirepass": password,
        "save": '""',
        "logfile": str(log),
    }
    log.touch()
    server = subprocess.Popen([*by, "redis-server", "-"], stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL)
    try:
        assert server.stdin is not None
        server.stdin.writelines(f"{name} {value}\n" for name, value in settings.items())
        server.stdin.close()
        deadline = time.monotonic() + START_SECONDS
        # Redis tells nobody but its log that it is ready.
        while "Ready to accept connections" not in log.read_text():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield f"rediss://:{password}@{host}:{port}/0?ssl_ca_certs={issued.mtls_ca}"
    finally:
        server.kill()
        server.wait()
