"""Migrations: how a file is taken apart, and what may be applied."""

from __future__ import annotations

import pytest

from touchline.errors import TouchlineError
from touchline.history import Migration, migrations, names_format, pending, reason

FIRST, SECOND = Migration("0001_a", "CREATE TABLE a"), Migration("0002_b", "CREATE TABLE b")


def test_a_semicolon_in_a_text_or_a_comment_ends_no_statement() -> None:
    text = """
    -- What is known; it's much.
    CREATE TABLE a (x String COMMENT 'one; it''s two');
    /* a; b */ CREATE VIEW `v;w` AS SELECT 1;
    -- the end; really
    """
    statements = Migration("0001", text).statements()
    assert [statement.split()[-1] for statement in statements] == ["two')", "1"]


def test_a_file_without_a_last_semicolon_has_its_last_statement() -> None:
    assert Migration("0001", "SELECT 1; SELECT 2").statements() == ["SELECT 1", "SELECT 2"]


def test_what_is_not_applied_is_pending_in_order() -> None:
    assert pending([FIRST, SECOND], {}) == [FIRST, SECOND]
    assert pending([FIRST, SECOND], {FIRST.name: FIRST.checksum}) == [SECOND]


def test_a_changed_migration_that_was_applied_is_an_error_that_names_it() -> None:
    with pytest.raises(TouchlineError, match="0001_a was changed"):
        pending([FIRST, SECOND], {FIRST.name: "another"})


def test_a_migration_cannot_slip_in_before_an_applied_one() -> None:
    with pytest.raises(TouchlineError, match="0001_a comes before 0002_b"):
        pending([FIRST, SECOND], {SECOND.name: SECOND.checksum})


def test_the_projects_migrations_have_statements_and_numbers_of_their_own() -> None:
    known = migrations()
    numbers = [migration.name.partition("_")[0] for migration in known]
    assert numbers == sorted(set(numbers))
    assert all(migration.statements() for migration in known)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT 1 FORMAT JSON", True),
        ("SELECT 1\nformat CSVWithNames ;\n", True),
        ("SELECT format FROM t", False),
        ("SELECT 'FORMAT JSON'", False),
    ],
)
def test_a_query_may_name_its_format(sql: str, named: bool) -> None:
    assert names_format(sql) is named


def test_clickhouses_own_words_are_what_is_left_of_an_error() -> None:
    error = Exception(
        "Received ClickHouse exception, code: 60, server response: Code: 60. DB::Exception: "
        "Unknown table\nexpression identifier 'nope'. (UNKNOWN_TABLE) (version 26.9.1.1) (for url "
        "http://127.0.0.1:8123)"
    )
    assert reason(error) == "Unknown table expression identifier 'nope'. (UNKNOWN_TABLE)"
    unversioned = Exception(
        "Code: 47. DB::Exception: No column x. (UNKNOWN) (for url http://127.0.0.1:8123)"
    )
    assert reason(unversioned) == "No column x. (UNKNOWN)"
