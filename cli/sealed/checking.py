"""`parley backup verify`: whether all backups are there, whole and in their order, and with the key what is in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cli.archive import ArchiveError, fingerprint, signing_key
from cli.deployment import KEY_FILE, Say, read_key
from cli.sealed.chain import Signed, breaks, lacking, read_chain
from cli.sealed.packing import look_through
from cli.sealed.places import SEALED, Place, open_place
from cli.sealed.stream import PrivateKey, read_private_key, unseal
from cli.sealed.taking import first_place
from kernel.clock import Clock, SystemClock
from kernel.config import Config

#: A night's backup may be late by this much.
DAILY = timedelta(hours=26)
#: How far the clocks of two machines may be apart.
AHEAD = timedelta(minutes=5)


def known_signer(config: Config) -> str:
    """Returns by whom backups are signed, where this machine has the deployment's key."""
    key = config.secret_key or read_key(config.data_dir.absolute() / KEY_FILE)
    return fingerprint(signing_key(key, "backup").public_key()) if key else ""


def verify(
    config: Config, places: list[str], key_file: Path | None, say: Say, *, signer: str = "", clock: Clock | None = None
) -> None:
    """Looks at the places that are named, or at those of the settings; raises ArchiveError where anything is wrong."""
    now = (clock or SystemClock()).now()
    key = read_private_key(key_file) if key_file is not None else None
    named = places or [str(first_place(config)), *([config.backup_copy] if config.backup_copy else [])]
    signer = signer or known_signer(config)
    wrong: list[str] = []
    heads: dict[str, list[Signed]] = {}
    for each in named:
        place = open_place(each)
        chain, found = _look(place, key, signer, now, say)
        heads[place.name] = chain
        wrong += [f"{place.name}: {text}" for text in found]
    wrong += _differences(heads)
    if wrong:
        for text in wrong:
            say(text)
        raise ArchiveError(
            f"Not as it should be: {len(wrong)} {'thing' if len(wrong) == 1 else 'things'}, named above."
        )
    if not signer:
        say("Who signed them was not compared: this machine has no key of the deployment, and no --signer was given.")


def _look(place: Place, key: PrivateKey | None, signer: str, now: datetime, say: Say) -> tuple[list[Signed], list[str]]:
    chain, wrong = read_chain(place)
    wrong += breaks(chain, signer)
    wrong += lacking(place, chain, now)
    there = place.names(SEALED)
    if not chain:
        wrong.append("there is no backup")
    for each in chain:
        record = each.record
        # What is of another size was named already.
        if there.get(record.name) != record.size:
            continue
        if place.sha256(f"{record.name}{SEALED}") != record.sha256:
            wrong.append(f"{record.name} is not what was written: its hash is another one")
        if key is not None:
            wrong += _inside(place, each, key)
    if chain:
        newest = chain[-1].record
        if newest.time - now > AHEAD:
            wrong.append(
                f"the newest backup is of {newest.time:%-d %B %Y %H:%M} UTC, which is still to come: a clock was ahead,"
                " and no backup is taken until then"
            )
        if now - newest.time > DAILY:
            wrong.append(f"the newest backup is of {newest.time:%-d %B %Y %H:%M} UTC: there should be one every day")
        say(
            f"{place.name}: {len(there)} backups and {len(chain)} records, the newest of {newest.time:%-d %B %Y %H:%M} "
            f"UTC, signed by {chain[-1].signer}"
        )
    return chain, wrong


def _inside(place: Place, each: Signed, key: PrivateKey) -> list[str]:
    name = f"{each.record.name}{SEALED}"
    try:
        with place.reading(name) as read:
            manifest, signer = look_through(unseal(read, key, name), name)
    except ArchiveError as error:
        return [str(error)]
    if manifest.get("backup_id") != each.record.name or signer != each.signer:
        return [f"{name} holds another backup than its record says"]
    return []


def _differences(heads: dict[str, list[Signed]]) -> list[str]:
    """Compares the places with the first one: a copy must not lag behind, nor know other records."""
    (first, chain), *others = heads.items()
    ours = {each.record.name: each.sha256 for each in chain}
    wrong = []
    for name, other in others:
        theirs = {each.record.name: each.sha256 for each in other}
        wrong += [f"{name}: the record of {each} is missing" for each in sorted(ours.keys() - theirs.keys())]
        wrong += [
            f"{name}: the record of {each} is another one than in {first}"
            for each in sorted(ours.keys() & theirs.keys())
            if ours[each] != theirs[each]
        ]
    return wrong


def newest(config: Config) -> dict[str, datetime | None]:
    """Returns, for each place of the settings, of when its newest backup is."""
    found: dict[str, datetime | None] = {}
    for each in (str(first_place(config)), *([config.backup_copy] if config.backup_copy else [])):
        place = open_place(each)
        chain, _ = read_chain(place)
        there = place.names(SEALED)
        found[place.name] = max((one.record.time for one in chain if one.record.name in there), default=None)
    return found
