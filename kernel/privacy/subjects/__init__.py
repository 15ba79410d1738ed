"""What every service owes a person, derived from its tables: a copy, correction, erasure, and an end to keeping.

    coverage    which tables and columns are about whom, read off the declared tables and the privacy options
    exporting   everything that is held, page by page
    correcting  a declared value, everywhere it is kept
    erasing     field by field as the options say
    purging     what has outlived its retention class
    servicer    the four of them as `parley.subject.v1.SubjectService`

Nothing here knows a service. A table says whose rows it holds, and a column which proto field's data; what follows from
that is not written down a second time anywhere.
"""

from kernel.privacy.subjects.coverage import uncovered_columns
from kernel.privacy.subjects.purging import Purged, purge_expired
from kernel.privacy.subjects.servicer import Effect, SubjectServicer

__all__ = ["Effect", "Purged", "SubjectServicer", "purge_expired", "uncovered_columns"]
