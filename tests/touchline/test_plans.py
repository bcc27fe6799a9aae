"""Whether a job's state fits another plan, by plans as the cluster shows them."""

from __future__ import annotations

from typing import Any

from touchline.plans import Planned, shape_in, state_changes

SHAPE = {"flink": "a", "columns": "b"}

SOURCE = "Source: KafkaSource-log<br/>+- [2]:Calc(select=[match_id, points])<br/>"
SUMS = (
    "[4]:GroupAggregate(groupBy=[match_id], select=[match_id, SUM(points) AS total])<br/>"
    "+- [5]:Calc(select=[CONCAT(match_id, &quot;:&quot;, total) AS write])<br/>"
    "   +- [6]:ProcessTableFunction(invocation=[TO_CHANGELOG(TABLE(#0))], uid=[writes])<br/>"
    "      +- written[7]: Writer<br/>"
)


def plan(source: str = SOURCE, sums: str = SUMS, ids: tuple[str, str] = ("s", "g")) -> Any:
    return {
        "nodes": [
            {"id": ids[1], "description": sums, "inputs": [{"id": ids[0]}]},
            {"id": ids[0], "description": source},
        ]
    }


def changes(new: Any, shape: dict[str, str] = SHAPE, running: Any = None) -> list[str]:
    return state_changes(Planned(running or plan(), SHAPE), Planned(new, shape))


def test_the_same_plan_fits() -> None:
    assert changes(plan()) == []


def test_what_comes_after_all_state_may_change() -> None:
    assert changes(plan(sums=SUMS.replace("CONCAT(match_id", "CONCAT('of ', match_id"))) == []


def test_another_sum_does_not_fit() -> None:
    (line,) = changes(plan(sums=SUMS.replace("SUM(points)", "MAX(points)")))
    assert line.startswith("GroupAggregate: …")
    assert "SUM(points) AS total" in line
    assert "MAX(points) AS total" in line


def test_what_only_a_sink_gets_may_change_where_a_sum_has_the_rest() -> None:
    """One operator has both: what cannot be read goes to a topic, and is counted."""
    source = (
        "Source: KafkaSource-log<br/>"
        "+- [2]:Correlate(select=[reasons])<br/>"
        "   :- [3]:Calc(select=[CAST(reason AS BYTES) AS error])<br/>"
        "   :  +- dead_letters[4]: Writer<br/>"
        "   :     +- dead_letters[4]: Committer<br/>"
        "   +- [5]:Calc(select=[&#x27;rejected&#x27;, 1 AS n])<br/>"
    )

    def found(old: str, new: str) -> list[str]:
        return changes(plan(source=source.replace(old, new)), running=plan(source=source))

    assert found("CAST(reason", "UPPER(reason") == []
    assert found("1 AS n", "2 AS n")[0].startswith("Calc: …")
    assert found("select=[reasons]", "select=[parts]")[0].startswith("Correlate: …")
    assert found(":- [3]:Calc(select", ":- [3]:Expand(select")[0].startswith("other steps: ")


def test_another_column_before_a_sum_does_not_fit() -> None:
    (line,) = changes(plan(source=SOURCE.replace("points]", "2 * points AS points]")))
    assert line.startswith("Calc: …")


def test_a_step_more_does_not_fit() -> None:
    more = SOURCE.replace("+- [2]:Calc", "+- [2]:Calc(select=[*])<br/>   +- [3]:Calc")
    (line,) = changes(plan(source=more))
    assert (
        line == "other steps: Source: KafkaSource-log, Calc -> Source: KafkaSource-log, Calc, Calc"
    )


def test_operators_in_other_places_do_not_fit() -> None:
    assert changes(plan(ids=("s", "h"))) == [
        "gone, or in another place: GroupAggregate(groupBy=[match_id], select=[match_id, SUM(poi…",
        "new, or in another place: GroupAggregate(groupBy=[match_id], select=[match_id, SUM(poi…",
    ]


def test_only_the_numbers_of_operators_may_differ() -> None:
    assert (
        changes(plan(sums=SUMS.replace("[4]", "[14]").replace("written[7]", "written[17]"))) == []
    )


def test_a_step_of_python_is_known_by_its_name() -> None:
    step = {"nodes": [{"id": "g", "description": "poll_versions<br/>"}]}
    assert changes(step, running=step) == []


def test_other_types_do_not_fit_and_are_named() -> None:
    assert changes(plan(), {**SHAPE, "columns": "c"}) == [
        "the columns of its sources: not the same"
    ]


def test_a_job_that_says_nothing_of_its_types_is_not_trusted() -> None:
    (line,) = state_changes(Planned(plan(), {}), Planned(plan(), {"flink": "a"}))
    assert line == "the running job does not say Flink's version: it is of an older version"


def test_of_a_jobs_own_parameters_those_of_its_state_count() -> None:
    assert shape_in({"touchline.shape.flink": "a", "other": "b"}) == {"flink": "a"}
