"""The error that ends a command: one readable line and the next step, never a stack trace."""

from __future__ import annotations


class TouchlineError(Exception):
    """Something that the user can act on.

    message: what is wrong, in one line.
    hint: the next step; empty where there is none.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
