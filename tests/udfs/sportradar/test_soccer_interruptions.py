from __future__ import annotations

from tests.udfs.sportradar.messages import only, parse, soccer_event, soccer_push, timeline
from udfs.merge import last_write_wins
from udfs.model import EventType, MatchStatus

INTERRUPTION = soccer_event(
    "break_start", 2, period_type="interrupted", time="2024-08-29T18:20:00+00:00"
)


def test_an_interruption_is_where_it_happens_in_its_period_which_goes_on_after_it() -> None:
    kick_off = soccer_event("period_start", 1, period=1, time="2024-08-29T18:00:00+00:00")
    again = soccer_event("period_start", 3, period=1, time="2024-08-29T18:50:00+00:00")
    before = soccer_event("throw_in", 4, period=1, match_clock="19:10")
    after = soccer_event("score_change", 5, period=1, match_clock="20:40", competitor="home")
    for timeline_ in (
        timeline(kick_off, before, INTERRUPTION, after),
        timeline(again, after, INTERRUPTION, before, kick_off),
    ):
        ordered = last_write_wins(parse(timeline_).events)
        found = [event.event_id for event in ordered if event.provider_type != "period_start"]
        assert found == ["4", "2", "5"]
        [break_] = [event for event in ordered if event.event_id == "2"]
        assert (break_.type, break_.period, break_.clock) == (EventType.OTHER, 1, "20:00")


def test_a_push_message_of_an_interruption_has_the_clock_of_its_status() -> None:
    status = {
        "status": "interrupted",
        "match_status": "interrupted",
        "period_scores": [{"number": 1, "type": "regular_period"}],
        "clock": {"played": "45:00", "stoppage_time_played": "1:30"},
    }
    event = only(soccer_push(INTERRUPTION, status))
    assert (event.type, event.period, event.clock) == (EventType.OTHER, 1, "46:30")
    assert event.game_time_ms == 10_000_000 + (46 * 60 + 30) * 1000
    assert event.match_status is MatchStatus.BREAK


def test_without_any_clock_an_interruption_is_at_its_periods_start_and_holds_up_nothing() -> None:
    status = {"status": "interrupted", "period_scores": [{"number": 2}]}
    assert only(soccer_push(INTERRUPTION, status)).game_time_ms == 20_000_000


def test_after_an_interruption_events_of_the_same_period_keep_their_times() -> None:
    parsed = parse(
        timeline(
            soccer_event("period_start", 1, period=1, time="2024-08-29T18:00:00+00:00"),
            INTERRUPTION,
            soccer_event("period_start", 3, period=1, time="2024-08-29T18:50:00+00:00"),
            soccer_event("throw_in", 4, period=1, match_clock="24:00", time="2024-08-29T18:54:00Z"),
            soccer_event("break_start", 5, time="2024-08-29T19:17:00+00:00"),
            soccer_event("throw_in", 6, period=1, match_clock="44:00", time="2024-08-29T23:00:00Z"),
        )
    )
    *_, kept, _, late = parsed.events
    assert kept.event_time_ms == 1_724_957_640_000
    assert "event_time" not in kept.attributes
    assert late.attributes["event_time"] == "estimated", "the break is the period's end"
