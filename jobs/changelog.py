"""A view's changelog as rows."""

from __future__ import annotations

APPENDED = "MAP['INSERT', '+']"
"""Operations of a view that only grows."""

UPSERTED = "MAP['INSERT, UPDATE_AFTER', 'U', 'DELETE', 'D']"
"""What a row became. The first halves of corrections are left out."""

SIGNED = "MAP['INSERT, UPDATE_AFTER', '+', 'UPDATE_BEFORE, DELETE', '-']"
"""Both halves of a correction: what leaves and what enters."""


def changelog(view: str, operations: str, uid: str = "") -> str:
    """A view's changes as rows, each with what happened to it in `op`.

    uid: other than the view's name, where a job reads its changes twice. It is what a savepoint
        knows this operator by, and with it all that are behind it. Flink would take the operator's
        number, which differs with the jobs that the same client has planned before.
    """
    return (
        f"TO_CHANGELOG(input => TABLE {view}, op_mapping => {operations}, uid => '{uid or view}')"
    )
