"""Says what a file that somebody sent may be called."""

from __future__ import annotations

import re

#: Controls, line ends, and what turns the direction of a text or cannot be seen. Joiners stay: names and signs of many
#: languages are written with them.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_LONGEST = 255


def file_name(given: str) -> str:
    """Returns a file's name without folders, and without characters that would make it look like another one.

    Of one that is too long the end stays, which says what kind of file it is.
    """
    bare = _UNSHOWN.sub("", given).replace("\\", "/").rpartition("/")[2].strip(" .")
    return bare[-_LONGEST:] or "file"
