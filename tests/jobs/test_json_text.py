"""JSON as SQL text: whatever a text has in it, a reader gets it back."""

from __future__ import annotations

import json

import pytest

from jobs.json_text import json_object, number, text
from jobs.normalize import JOB
from tests.jobs.mini_cluster import LONG, TEXT, bounded, environment_for, rows_of

pytestmark = pytest.mark.flink

TEXTS = [
    "plain",
    'a "quote", a \\ and a /',
    "Žižek Ünal, 浦和",
    "beyond 16 bits: 😀",
    "line\nbreak\ttab\r",
    "".join(map(chr, range(1, 0x20))) + "\x7f\x80\u2028",
    "\ud7ff\ue000\uffff",
    "",
    None,
]


def test_every_text_comes_back() -> None:
    environment = environment_for(JOB)
    bounded(environment, "given", {"place": LONG, "said": TEXT}, enumerate(TEXTS))
    found = rows_of(environment, f"SELECT {json_object(number('place'), text('said'))} FROM given")
    documents = [json.loads(document) for (document,) in found]
    assert {one["place"]: one["said"] for one in documents} == dict(enumerate(TEXTS))
