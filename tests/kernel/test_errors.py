"""An error travels whole between our processes, and nothing else travels with it."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest
from google.rpc import status_pb2

from kernel import errors
from kernel.errors import BY_CODE, Internal, ParleyError, ResourceExhausted


@pytest.mark.parametrize("kind", BY_CODE.values())
def test_an_error_reads_back_as_it_was_written(kind: type[ParleyError]) -> None:
    error = kind("SOME_REASON", "A sentence.", fields=[("body", "string.max_len")], retry_after=timedelta(seconds=1.5))
    read = errors.from_status(kind.code, errors.to_status(error))
    assert type(read) is kind
    assert (read.reason, read.detail, read.fields, read.retry_after) == (
        "SOME_REASON",
        "A sentence.",
        (("body", "string.max_len"),),
        timedelta(seconds=1.5),
    )


def test_a_status_in_other_terms_becomes_internal() -> None:
    foreign = status_pb2.Status(code=grpc.StatusCode.INVALID_ARGUMENT.value[0], message="whatever somebody typed")
    read = errors.from_status(grpc.StatusCode.INVALID_ARGUMENT, foreign)
    assert isinstance(read, Internal)
    assert "typed" not in read.detail


def test_an_unreachable_service_says_that_nothing_was_kept() -> None:
    read = errors.from_status(grpc.StatusCode.UNAVAILABLE, None)
    assert read.reason == "UNAVAILABLE"
    assert "Nothing was kept" in read.detail


def test_an_error_prints_its_reason_only() -> None:
    assert str(ResourceExhausted("TOO_FAST", "Slow down.")) == "TOO_FAST"
