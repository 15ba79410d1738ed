"""A page token belongs to one list of one tenant with one set of filters; everything else is refused like garbage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidArgument
from kernel.storage.paging import Pages, page_size

pages = Pages("secret")
SCOPE = ("ten_1", "ListSites", "open")


@given(st.lists(st.text() | st.integers(-(2**53), 2**53), max_size=4))
def test_a_token_gives_its_position_back(position: list[str | int]) -> None:
    assert pages.position(SCOPE, pages.token(SCOPE, position)) == position


def test_no_token_is_the_first_page() -> None:
    assert pages.position(SCOPE, "") is None


@pytest.mark.parametrize(
    "scope",
    [("ten_2", "ListSites", "open"), ("ten_1", "ListStaff", "open"), ("ten_1", "ListSites", "closed"), ("ten_1",)],
)
def test_a_token_of_another_list_is_refused(scope: tuple[str, ...]) -> None:
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        pages.position(scope, pages.token(SCOPE, ["a"]))


@given(st.text(min_size=1, max_size=200))
def test_whatever_is_no_token_is_refused_in_the_same_words(token: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        pages.position(SCOPE, token)
    assert caught.value.detail == "The page token does not belong to this list. Start again from the first page."


def test_a_token_of_another_deployment_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        pages.position(SCOPE, Pages("another secret").token(SCOPE, ["a"]))


def test_a_page_is_cut_where_one_more_row_was_read() -> None:
    page, token = pages.cut(SCOPE, [1, 2, 3], 2, lambda row: (row,))
    assert page == [1, 2]
    assert pages.position(SCOPE, token) == [2]
    assert pages.cut(SCOPE, [1, 2], 2, lambda row: (row,)) == ([1, 2], "")


@pytest.mark.parametrize(("asked", "read"), [(0, 50), (10, 10), (1000, 200)])
def test_a_page_size_has_a_default_and_a_maximum(asked: int, read: int) -> None:
    assert page_size(asked, default=50, maximum=200) == read
