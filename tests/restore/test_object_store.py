"""The second place as an object store: a real server that speaks S3, on loopback, instead of a folder."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from cli.archive import ArchiveError
from cli.main import main
from cli.sealed.drill import drill
from cli.sealed.places import open_place
from tests.platform import free_ports
from tests.restore.conftest import Deployment
from tests.restore.test_sealed import Vault

#: Somebody's keys of the store; they must never be repeated.
KEY_ID, SECRET_KEY = "AKIAPARLEYTESTS", "a secret of the store"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3."""
    (port,) = free_ports(1)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The store's own client, and the environment by which Parley finds it."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        # Only a store on this machine is spoken to without TLS.
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET_KEY,
    )


@pytest.fixture
def bucket(store: Any) -> str:
    """An empty bucket."""
    name = f"backups-{secrets.token_hex(6)}"
    store.create_bucket(Bucket=name)
    return name


@pytest.fixture
def vault(deployment: Deployment, bucket: str, tmp_path: Path) -> Vault:
    """A deployment whose second place is in the bucket."""
    made = Vault.of(deployment, tmp_path)
    return replace(made, config=replace(made.config, backup_copy=f"s3://{bucket}/parley/nightly"))


def names(store: Any, bucket: str) -> list[str]:
    """Returns what lies in the bucket, as the store's own client sees it."""
    return sorted(each["Key"] for each in store.list_objects_v2(Bucket=bucket).get("Contents", []))


async def test_a_backup_is_copied_verified_and_restored_from_the_store(
    vault: Vault, store: Any, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, said = await vault.run()
    assert f"Copied to s3://{bucket}/parley/nightly: {name}" in said
    assert names(store, bucket) == [f"parley/nightly/{name}.{ending}" for ending in ("record", "sealed")]
    # The store holds the very bytes of the first place, and cannot read them.
    sealed = store.get_object(Bucket=bucket, Key=f"parley/nightly/{name}.sealed")["Body"].read()
    assert sealed == (vault.first / f"{name}.sealed").read_bytes()
    assert vault.wrong(key=True) == ""
    # On another machine, with the private key and the address alone.
    told: list[str] = []
    done = await asyncio.to_thread(drill, vault.config, vault.config.backup_copy, vault.key, told.append)
    assert done.name == name
    assert done.rows > 0
    with pytest.raises(SystemExit) as ended:
        main(["backup", "verify", vault.config.backup_copy, "--backup-key", str(vault.key)])
    assert ended.value.code == 0
    assert f"s3://{bucket}/parley/nightly: 1 backups" in capsys.readouterr().out


async def test_what_was_changed_or_taken_in_the_store_is_found(vault: Vault, store: Any, bucket: str) -> None:
    first, _ = await vault.run()
    vault.clock.advance(timedelta(days=1))
    second, _ = await vault.run()
    key = f"parley/nightly/{second}.sealed"
    whole = store.get_object(Bucket=bucket, Key=key)["Body"].read()
    store.put_object(Bucket=bucket, Key=key, Body=whole[:-1] + bytes([whole[-1] ^ 1]))
    assert f"{second} is not what was written" in vault.wrong()
    store.put_object(Bucket=bucket, Key=key, Body=whole)
    store.delete_object(Bucket=bucket, Key=f"parley/nightly/{first}.sealed")
    assert f"{first} is missing" in vault.wrong()
    # What is missing there is copied again by the next run.
    vault.clock.advance(timedelta(days=1))
    _, said = await vault.run()
    assert f"Copied to s3://{bucket}/parley/nightly: {first}" in said
    assert vault.wrong(key=True) == ""


async def test_what_is_kept_no_longer_goes_from_the_store_and_its_record_stays(
    vault: Vault, store: Any, bucket: str
) -> None:
    old, _ = await vault.run()
    vault.clock.advance(timedelta(days=33))
    new, said = await vault.run()
    assert f"Removed from s3://{bucket}/parley/nightly, as it is time: {old}" in said
    assert names(store, bucket) == [
        f"parley/nightly/{each}" for each in sorted((f"{old}.record", f"{new}.record", f"{new}.sealed"))
    ]
    assert vault.wrong(key=True) == ""


async def test_a_store_that_lets_nothing_be_removed_is_told_from_one_that_takes_nothing(
    vault: Vault, store: Any, bucket: str
) -> None:
    await vault.run()
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
        ],
    }
    store.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    vault.clock.advance(timedelta(days=33))
    with pytest.raises(ArchiveError, match="is whole in both places, and what is kept no longer"):
        await vault.run()
    # The new one is there all the same.
    assert len([each for each in names(store, bucket) if each.endswith(".sealed")]) == 2
    assert vault.wrong(key=True) == ""


async def test_a_store_that_is_not_there_is_said_without_any_secret(vault: Vault, store: Any) -> None:
    with pytest.raises(ArchiveError, match=r"s3://no-such-bucket cannot be (read|written)") as refused:
        await vault.run(backup_copy="s3://no-such-bucket")
    assert SECRET_KEY not in str(refused.value)
    assert KEY_ID not in str(refused.value)
    # Tonight's backup is whole in the first place all the same, and is copied once the store is there.
    (name,) = [path.stem for path in vault.first.glob("*.sealed")]
    vault.clock.advance(timedelta(days=1))
    _, said = await vault.run()
    assert f": {name}" in said


def test_a_large_file_goes_in_parts_and_comes_back_the_same(store: Any, bucket: str, tmp_path: Path) -> None:
    path = tmp_path / "large.sealed"
    path.write_bytes(secrets.token_bytes(1024) * (40 * 1024))
    place = open_place(f"s3://{bucket}")
    place.put_file("large.sealed", path)
    etag = store.head_object(Bucket=bucket, Key="large.sealed")["ETag"]
    assert "-" in etag, "it went in one part"
    assert place.names(".sealed") == {"large": path.stat().st_size}
    assert place.sha256("large.sealed") == open_place(tmp_path).sha256("large.sealed")
