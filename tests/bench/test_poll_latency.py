"""How the latency of each vote follows from what Redis tells."""

from __future__ import annotations

from itertools import count

import pytest

from bench.load import Sent
from bench.poll_latency import BESIDE, is_beside, latencies_of, mixed
from touchline.errors import TouchlineError


def test_a_vote_is_visible_in_the_first_result_that_has_come_to_its_arrival() -> None:
    handed, appended_ms = [10.000, 10.100, 10.600], [10_002, 10_499, 10_602]
    heard = [(9.9, 9_499), (10.8, 10_499), (11.2, 10_999)]
    found = latencies_of(handed, appended_ms, heard)
    assert list(map(round, found)) == [800, 700, 600]


def test_a_vote_that_no_result_has_is_an_error() -> None:
    with pytest.raises(TouchlineError, match="1 of 2 votes"):
        latencies_of([10.0, 20.0], [10_000, 20_000], [(10.6, 10_499), (20.1, 19_999)])


@pytest.mark.parametrize("rate", [50, 200, 2_000, 2_001])
def test_the_other_polls_have_their_rate_at_any_rate(rate: int) -> None:
    beside = sum(is_beside(number, rate) for number in range(10 * (rate + BESIDE)))
    assert beside == 10 * BESIDE


@pytest.mark.parametrize("rate", [50, 2_000])
def test_all_votes_in_the_poll_are_fed_in_order_and_others_where_they_are_due(rate: int) -> None:
    ours = [Sent(b"ours", b"%d" % number) for number in range(5 * rate)]
    others = (Sent(b"other", b"%d" % number) for number in count())
    fed = list(mixed(ours, others, rate))
    assert [message for message in fed if message.key == b"ours"] == ours
    where = [number for number, message in enumerate(fed) if message.key == b"other"]
    assert where == [number for number in range(len(fed)) if is_beside(number, rate)]
    assert len(where) == pytest.approx(5 * BESIDE, abs=BESIDE / rate + 1)
