"""An id has one spelling, tells its kind, and sorts by time where it may."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import ids
from kernel.errors import InvalidArgument


@given(st.uuids())
def test_an_id_reads_back(value: UUID) -> None:
    text = ids.from_uuid("cnv", value)
    assert len(text) == 30
    assert ids.to_uuid(text, "cnv") == value


@given(st.text(max_size=40))
def test_whatever_is_no_id_is_refused_and_not_repeated(text: str) -> None:
    if re.fullmatch(r"cnv_[0-9a-v]{25}[048cgkos]", text):
        return
    with pytest.raises(InvalidArgument) as caught:
        ids.to_uuid(text, "cnv")
    assert (caught.value.reason, caught.value.detail) == ("ID_MALFORMED", "The id is not one of this kind.")


@pytest.mark.parametrize("spelled", [str.upper, lambda text: text + "=", lambda text: text[:-1] + "v"])
def test_another_spelling_of_the_same_bytes_is_refused(spelled: object) -> None:
    text = ids.from_uuid("cnv", UUID(int=0))
    with pytest.raises(InvalidArgument):
        ids.to_uuid(spelled(text), "cnv")  # type: ignore[operator]  # Each of them takes and returns a text.


def test_ids_of_one_kind_are_no_ids_of_another() -> None:
    with pytest.raises(InvalidArgument):
        ids.to_uuid(ids.new_id("msg"), "cnv")


def test_new_ids_are_version_7_and_random_ones_version_4() -> None:
    assert {ids.new_uuid().version for _ in range(100)} == {7}
    assert {ids.random_uuid().version for _ in range(100)} == {4}
    assert {ids.new_uuid().variant for _ in range(100)} == {"specified in RFC 4122"}


def test_an_id_that_was_made_just_now_is_not_remembered() -> None:
    before = ids.from_uuid.cache_info().currsize
    made = [ids.new_id("cnv"), ids.random_id("cnv"), ids.from_fresh("cnv", ids.new_uuid())]
    assert ids.from_uuid.cache_info().currsize == before
    assert all(ids.from_uuid("cnv", ids.to_uuid(each, "cnv")) == each for each in made)
