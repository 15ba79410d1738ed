"""The words of the privacy centre: whole in every language, and in the one that the reader wants."""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType

import pytest
from parley.options.v1 import privacy_pb2
from parley.subject.v1 import subject_pb2

from gateway.privacy.words import LANGUAGES, Words, ar, choose, de, en
from kernel.privacy.subjects.coverage import stores_of
from services.privacy.domain.requests import HOLDERS


def test_every_message_is_filled_in_by_what_the_pages_give() -> None:
    known = {"tenant", "count", "date", "time", "code", "name", "role", "who", "what", "number"}
    for key, message in en.MESSAGES.items():
        assert set(re.findall(r"{(\w+)}", message)) <= known, key
        assert key.endswith(".one") <= (key.removesuffix(".one") in en.MESSAGES), key


@pytest.mark.parametrize("language", [de, ar], ids=lambda each: str(each.TAG))
def test_a_language_has_every_message_and_fills_in_what_the_english_one_does(language: ModuleType) -> None:
    assert set(en.MESSAGES) <= set(language.MESSAGES)
    for key, message in language.MESSAGES.items():
        plain = re.sub(r"\.(one|two|few)$", "", key)
        assert plain in en.MESSAGES, key
        given = {name for each in (plain, key) for name in re.findall(r"{(\w+)}", en.MESSAGES.get(each, ""))}
        assert set(re.findall(r"{(\w+)}", message)) <= given, key


def test_every_store_and_value_about_a_visitor_has_words_in_every_language() -> None:
    visitor, shown_to = subject_pb2.SUBJECT_KIND_VISITOR, privacy_pb2.AUDIENCE_SUBJECT
    missing, seen = set(), 0
    for service in HOLDERS:
        keys = {f"service.{service}": ""}
        for store in stores_of(import_module(f"services.{service}.store.tables").metadata, visitor):
            keys[f"store.{store.name}"] = ""
            for held in store.columns:
                name = held.field.full_name
                about = visitor in held.about and held.rule.secret
                if held.is_personal and (about or shown_to in held.rule.audiences):
                    keys[f"field.{name}"] = f"field.{name.rpartition('.')[2]}"
        for key, other in keys.items():
            seen += 1
            missing |= {(each.TAG, key) for each in (en, de, ar) if not {key, other} & set(each.MESSAGES)}
    assert not missing
    assert seen > 80


def test_counts_take_the_form_that_the_language_has() -> None:
    words = Words(ar, "فيرن")
    said = [words("held.records", count=count) for count in (1, 2, 3, 11, 100, 103)]
    assert said == ["سجل واحد", "سجلان", "3 سجلات", "11 سجلًا", "100 سجلًا", "103 سجلات"]


def test_a_choice_comes_before_what_the_browser_likes() -> None:
    assert choose("de-AT, ar;q=0.9") is de
    assert choose("de-AT, ar;q=0.9", preferred="ar") is ar
    assert choose("ar-EG;q=0.9, fr", preferred="fr") is ar
    assert list(LANGUAGES) == ["en", "de", "ar"]


@pytest.mark.parametrize("accepted", ["", "xx", "fr-FR,en;q=0.5", "en;q=oops", "*", ",".join(["q"] * 500)])
def test_a_reader_without_a_language_of_ours_reads_english(accepted: str) -> None:
    assert choose(accepted) is en
