"""Keeps what people upload: every file waits in quarantine until a scanner has passed it, and only then can be read.

A service keeps the record of a file (whose it is, its name, its state); this package keeps bytes under random keys,
each tenant's below a prefix of its own, in a local folder or in an object store.
"""

from kernel.files.scanning import Chain, ClamAv, Scanner, TypeScanner, Verdict, scanner_for
from kernel.files.store import (
    EXAMINE_ATTEMPTS,
    Content,
    Examined,
    Files,
    State,
    StoredFile,
    new_key,
    open_files,
    open_store,
)

__all__ = [
    "EXAMINE_ATTEMPTS",
    "Chain",
    "ClamAv",
    "Content",
    "Examined",
    "Files",
    "Scanner",
    "State",
    "StoredFile",
    "TypeScanner",
    "Verdict",
    "new_key",
    "open_files",
    "open_store",
    "scanner_for",
]
