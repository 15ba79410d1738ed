"""The names of a network, served by DNS: `python dns.py ADDRESS '{"name": ["address", …]}'`.

It knows IPv4 only, as the network does. A name that it does not know does not exist.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import struct
import sys
from collections.abc import Mapping, Sequence

_A, _ONCE = 1, 1
_MISSING = 3


def answer(question: bytes, names: Mapping[str, Sequence[str]]) -> bytes:
    """Returns the answer to a question."""
    place, labels = 12, []
    while length := question[place]:
        labels.append(question[place + 1 : place + 1 + length].decode())
        place += 1 + length
    (kind,) = struct.unpack("!H", question[place + 1 : place + 3])
    known = names.get(".".join(labels).lower())
    found = known if known and kind == _A else ()
    head = struct.pack("!2sHHHHH", question[:2], 0x8180 | (0 if known else _MISSING), 1, len(found), 0, 0)
    records = (struct.pack("!HHHIH4s", 0xC00C, _A, 1, _ONCE, 4, ipaddress.IPv4Address(each).packed) for each in found)
    return head + question[12 : place + 5] + b"".join(records)


def main() -> None:
    """Answers until it is killed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((sys.argv[1], 53))
        names = json.loads(sys.argv[2])
        while True:
            question, whose = listening.recvfrom(512)
            listening.sendto(answer(question, names), whose)


if __name__ == "__main__":
    main()
