"""Holds the metadata to which every noun adds its tables, and what their columns share. It declares no table itself."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType

from kernel.mail import arrivals
from kernel.tables import kernel_tables

metadata = MetaData(schema="privacy")
kernel_tables(metadata)
arrivals.table(metadata)

Uuid = UuidType(as_uuid=True)
Moment = TIMESTAMP(timezone=True)
