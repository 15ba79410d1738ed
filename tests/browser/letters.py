"""Reads the mails that a demo writes into a folder instead of sending them."""

from __future__ import annotations

import asyncio
import email
import re
from email.message import EmailMessage
from email.policy import default
from pathlib import Path


async def mail_to(folder: Path, address: str, pattern: str = "") -> EmailMessage:
    """Returns a mail to an address in whose text a pattern is found, once it was written.

    Another process writes it, which tells nobody here.
    """
    async with asyncio.timeout(30):
        while True:
            for path in folder.glob("[!.]*.eml"):
                mail = email.message_from_bytes(path.read_bytes(), policy=default)
                assert isinstance(mail, EmailMessage)
                if mail["To"] == address and re.search(pattern, text_of(mail)):
                    return mail
            await asyncio.sleep(0.1)


async def mailed(folder: Path, address: str, pattern: str) -> str:
    """Returns what the first group of a pattern finds in a mail to an address, once it was written."""
    found = re.search(pattern, text_of(await mail_to(folder, address, pattern)))
    assert found is not None
    return found[1]


def text_of(mail: EmailMessage) -> str:
    """Returns the plain text of a mail."""
    body = mail.get_body(("plain",))
    return "" if body is None else str(body.get_content())
