from __future__ import annotations

import pytest

from touchline.errors import TouchlineError
from touchline.spans import position


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("latest", "latest"),
        ("0=17,1=4", "offsets:0=17,1=4"),
        ("1970-01-01T00:00:01Z", "timestamp:1000"),
        ("1970-01-01T01:00:01+01:00", "timestamp:1000"),
    ],
)
def test_a_position_is_a_name_offsets_or_a_time(typed: str, meant: str) -> None:
    assert position(typed) == meant


@pytest.mark.parametrize("typed", ["", "yesterday", "0=", "0=1,", "0=1;1=2", "17"])
def test_what_is_no_position_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(TouchlineError) as caught:
        position(typed)
    assert "0=17,1=4" in caught.value.hint
