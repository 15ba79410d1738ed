"""The data map: what the platform holds about people, where, why, for how long, for whom, and how it goes.

    entries    reads it off the contract and the declared tables
    page       writes it for people
    fideslang  writes it in the language that privacy tools read

Nothing in it is written by hand. A field or a column that is added is in the map as soon as it is declared.
"""

from kernel.privacy.datamap.entries import Column, DataMap, Entry, Store, read_map
from kernel.privacy.datamap.fideslang import as_fideslang
from kernel.privacy.datamap.page import as_json, as_page

__all__ = ["Column", "DataMap", "Entry", "Store", "as_fideslang", "as_json", "as_page", "read_map"]
