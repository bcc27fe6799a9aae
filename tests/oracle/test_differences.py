from __future__ import annotations

from oracle.differences import Difference, differences


def test_equal_documents_do_not_differ() -> None:
    assert not list(differences("key", {"a": {"b": [1, 2]}}, {"a": {"b": [1, 2]}}))


def test_a_value_is_named_by_its_path() -> None:
    found = list(differences("key", {"score": {"home": 1}}, {"score": {"home": 2}}))
    assert found == [Difference("key", "score.home", 1, 2)]


def test_null_and_absent_are_the_same() -> None:
    assert not list(differences("key", {"a": None}, {}))
    assert not list(differences("key", {}, {"a": None}))


def test_what_is_missing_is_said_value_by_value_and_a_missing_document_at_once() -> None:
    found = list(differences("key", {"a": {"b": 1, "c": 2}}, {}))
    assert [one.path for one in found] == ["a.b", "a.c"]
    assert list(differences("key", {"a": 1}, None)) == [Difference("key", "", {"a": 1}, None)]


def test_what_must_not_be_there_differs() -> None:
    assert list(differences("key", {}, {"more": 1})) == [Difference("key", "more", None, 1)]
