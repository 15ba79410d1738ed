"""What is kept of an age."""

from __future__ import annotations

from parley.survey.v1 import answering_pb2

NONE = answering_pb2.AGE_BAND_UNSPECIFIED
_BANDS = (
    (25, answering_pb2.AGE_BAND_18_24),
    (35, answering_pb2.AGE_BAND_25_34),
    (45, answering_pb2.AGE_BAND_35_44),
    (55, answering_pb2.AGE_BAND_45_54),
    (65, answering_pb2.AGE_BAND_55_64),
)


def band_of(age: int) -> answering_pb2.AgeBand.ValueType:
    """Returns the band of an age that passed the check."""
    for below, band in _BANDS:
        if age < below:
            return band
    return answering_pb2.AGE_BAND_65_UP


def band_name(band: int) -> str:
    """Writes a band as results name it: `18-24`, `65+`; nothing for none."""
    if not band:
        return ""
    name = answering_pb2.AgeBand.Name(answering_pb2.AgeBand.ValueType(band)).removeprefix("AGE_BAND_")
    return name.replace("_UP", "+").replace("_", "-")
