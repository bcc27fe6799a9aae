"""The dashboards, and the files that are made of code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ruamel.yaml import YAML

from observability.dashboards import DASHBOARDS, SOURCE
from observability.files import BOARDS, DEPLOY, contents
from tests.observability.queries import all_queries
from tests.observability.test_rules import run_promtool
from touchline.stack.tools import PROJECT


def panels(name: str) -> list[dict[str, Any]]:
    board = json.loads((BOARDS / f"{name}.json").read_text())
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def test_the_files_of_deploy_are_what_the_code_gives() -> None:
    old = [file.name for file, text in contents().items() if file.read_text() != text]
    assert old == [], "run `make dashboards`"
    assert sorted(BOARDS.iterdir()) == sorted(one for one in contents() if one.parent == BOARDS)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_panel_asks_the_data_source_that_is_provided(name: str) -> None:
    (source,) = YAML(typ="safe").load((DEPLOY / "grafana" / "datasources.yml").read_text())[
        "datasources"
    ]
    assert source["uid"] == SOURCE.uid
    for panel in panels(name):
        for target in panel["targets"]:
            assert target["expr"]
            assert target["datasource"] == {"type": source["type"], "uid": source["uid"]}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_do_not_overlap(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(name):
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_prometheus_understands_every_query(tmp_path: Any) -> None:
    rules = [{"record": f"q:{n}", "expr": query} for n, query in enumerate(all_queries())]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    assert run_promtool("check", "rules", file) == ""


def test_prometheus_takes_its_configuration() -> None:
    assert run_promtool("check", "config", DEPLOY / "prometheus.yml") == ""


def test_compose_mounts_what_there_is() -> None:
    services = YAML(typ="safe").load((PROJECT / "docker-compose.yml").read_text())["services"]
    mounted = [
        volume.split(":")[0]
        for name in ("prometheus", "grafana")
        for volume in services[name]["volumes"]
        if volume.startswith("./")
    ]
    assert len(mounted) == 5
    assert [path for path in mounted if not (PROJECT / path).exists()] == []
    provider = YAML(typ="safe").load((DEPLOY / "grafana" / "dashboards.yml").read_text())
    inside = provider["providers"][0]["options"]["path"]
    assert f"./deploy/grafana/dashboards:{inside}:ro" in services["grafana"]["volumes"]
