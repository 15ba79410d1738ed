"""What every server-rendered page reads of a request: its address, its query and the form that was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.types import Receive, Scope

from gateway import problems
from gateway.problems import Problem
from gateway.requests import header, read_body
from kernel import ids
from kernel.errors import ParleyError


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request to a page, and what its address holds."""

    scope: Scope
    receive: Receive
    fields: Mapping[str, str]

    def query(self, name: str) -> str:
        """Returns a value of the address's query, or nothing."""
        try:
            values = parse_qs(self.scope["query_string"].decode("ascii"), max_num_fields=10).get(name, [])
        except ValueError:
            return ""
        return values[0] if len(values) == 1 else ""

    def number(self, name: str) -> int:
        """Returns a number of the address's query; 0 for what is none."""
        text = self.query(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0

    def id_in_path(self, name: str, prefix: str) -> str:
        """Returns an id from the address; raises a Problem, as for one that is missing, where it is none."""
        try:
            ids.to_uuid(self.fields[name], prefix)
        except ParleyError:
            raise problems.not_found() from None
        return self.fields[name]

    async def read_form(self, *, largest: int) -> dict[str, str]:
        """Reads the form that was sent, each field once; raises a Problem for anything else, or for more bytes."""
        if header(self.scope, b"content-type").split(b";")[0].strip().lower() != b"application/x-www-form-urlencoded":
            raise Problem(status=415, reason="UNSUPPORTED_MEDIA_TYPE", detail="The body must be a form.")
        body = await read_body(self.scope, self.receive, largest=largest)
        try:
            # What browsers send is ASCII, with everything else escaped as UTF-8.
            read = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict")
        except ValueError:
            raise problems.malformed("The form could not be read.") from None
        if any(len(values) != 1 for values in read.values()):
            raise problems.malformed("The form names a field more than once.")
        # Browsers end lines as mail does; what was typed has plain ends.
        return {name: values[0].replace("\r\n", "\n") for name, values in read.items()}
