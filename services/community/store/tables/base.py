"""What all tables of communities are declared with."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType

from kernel.tables import kernel_tables

metadata = MetaData(schema="community")
kernel_tables(metadata, record="pst")

Uuid = UuidType(as_uuid=True)
Moment = TIMESTAMP(timezone=True)
