"""Secrets by reference: a setting says where a secret is, `env:NAME` or `file:PATH`.

The reference goes wherever settings go: into arguments, jobs and files of settings. It is resolved
where the secret is used, by the process that uses it: in a job, by the cluster's machines.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from touchline.errors import TouchlineError

ENVIRONMENT, FILE = "env:", "file:"

_PORTABLE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/[^:;{}$\"'\\\s]+")


class SecretError(TouchlineError):
    """A secret is not where its reference says; the text has the reference, not the secret."""


def is_reference(text: str) -> bool:
    """Whether a text says where a secret is."""
    return text.startswith((ENVIRONMENT, FILE))


def resolve(reference: str) -> str:
    """The secret that a reference is of; empty for an empty one.

    A file is the secret, but for the end of its line.

    Raises:
        SecretError: the variable is not set, or the file cannot be read.
        ValueError: it is no reference.
    """
    if not reference:
        return ""
    kind, _, place = reference.partition(":")
    if f"{kind}:" == ENVIRONMENT:
        if place not in os.environ:
            raise SecretError(f"the variable {place} is not set", "it is to hold a secret")
        return os.environ[place]
    if f"{kind}:" != FILE:
        raise ValueError("not a reference to a secret: it wants env:NAME or file:PATH")
    try:
        return Path(place).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SecretError(f"{place}: {error.strerror}", "the file is to hold a secret") from error


def _portable(text: str) -> str:
    if text and not _PORTABLE.fullmatch(text):
        raise ValueError(
            "wants env:NAME or file:/ABSOLUTE/PATH (without spaces, quotes, colons and braces), "
            "not the secret itself"
        )
    return text


Reference = Annotated[str, AfterValidator(_portable)]
"""A setting that says where a secret is, in a way that each process understands; or empty."""
