"""Alert rules, dashboards and what is scraped are well-formed, fit each other, and every alert says what is to be done."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
import yaml

from tests.observability.promql import names
from tests.observability.watched import DASHBOARDS, DEPLOY, PROMETHEUS, ROOT, RULES, expressions

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ALERTS = [rule["alert"] for rule in RULES]
TEMPORALS_FIVE = {
    "WorkersDoNotPoll",
    "HistoryDoesNotReplay",
    "MessageTooLargeForTheEngine",
    "WorkflowTasksWait",
    "ThrottledByTheEngine",
}


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_expression_is_one(where: str, expression: str) -> None:
    assert names(expression), where


def test_an_expression_that_is_none_is_found() -> None:
    with pytest.raises(ValueError, match=r"."):
        names("sum by (le (rate(x[5m]))")


@pytest.mark.parametrize("rule", RULES, ids=ALERTS)
def test_every_alert_says_how_bad_it_is_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert re.fullmatch(r"\d+[smh]", rule["for"])
    page, anchor = rule["annotations"]["runbook_url"].split("#")
    assert anchor == rule["alert"].lower()
    sections = re.findall(r"^## (\w+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert rule["alert"] in sections
    assert rule["annotations"]["summary"]


def test_every_section_of_the_runbook_is_of_an_alert_and_in_their_order() -> None:
    assert re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE) == ALERTS
    assert len(set(ALERTS)) == len(ALERTS)
    assert set(ALERTS) >= TEMPORALS_FIVE


def test_what_the_runbook_refers_to_in_the_page_for_operations_is_there() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^#{2,3} (.+)$", operations, re.MULTILINE))
    prose = re.sub(r"```.*?```|`[^`]*`", "", RUNBOOK, flags=re.DOTALL)
    named = {name for name in re.findall(r'"([^"]+)"', prose) if name[0].isupper()}
    assert named
    assert named <= headings


@pytest.mark.parametrize("page", ["docs/operations.md", "docs/runbook.md"])
def test_every_alert_that_a_page_or_a_dashboard_names_exists(page: str) -> None:
    told = (ROOT / page).read_text(encoding="utf-8")
    for board in DASHBOARDS.values():
        for panel in board["panels"]:
            found = re.findall(r"Alerts?: ([\w, ]+)\.", panel["description"])
            assert {name for names in found for name in names.split(", ")} <= set(ALERTS)
    assert set(re.findall(r"the alert \*(\w+)\*", told)) <= set(ALERTS)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_dashboard_shows_what_it_has(name: str) -> None:
    board = DASHBOARDS[name]
    assert board["uid"] == name
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    places = [
        (row, column)
        for panel in panels
        for row in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
        for column in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
    ]
    assert len(set(places)) == len(places), "panels lie on each other"
    assert max(column for _, column in places) < 24
    assert all(first["gridPos"]["y"] <= second["gridPos"]["y"] for first, second in pairwise(panels))


def test_dashboards_ask_a_source_that_is_set_up() -> None:
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/datasources.yml").read_text())["datasources"]
    known = {(source["type"], source["uid"]) for source in sources}
    for board in DASHBOARDS.values():
        for panel in board["panels"]:
            for one in (panel, *panel["targets"]):
                assert (one["datasource"]["type"], one["datasource"]["uid"]) in known
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for source in sources:
        assert source["url"].removeprefix("http://").split(":")[0] in compose


@pytest.mark.parametrize("file", ["docker-compose.yml", "deploy/docker-compose.two-of-each.yml"])
def test_what_is_scraped_is_served(file: str) -> None:
    services = yaml.safe_load((ROOT / file).read_text())["services"]
    serves = {
        "api": ("API_METRICS_ADDRESS",),
        "api-engine": ("API_ENGINE_METRICS_ADDRESS",),
        "worker": ("WORKER_METRICS_ADDRESS",),
        "engine": ("PROMETHEUS_ENDPOINT",),
    }
    jobs = {job["job_name"]: job["dns_sd_configs"] for job in PROMETHEUS["scrape_configs"]}
    assert set(jobs) == set(serves)
    for job, (variable,) in serves.items():
        (found,) = jobs[job]
        here = [name for name in found["names"] if name in services]
        assert here, f"{file} runs nothing of {job}"
        for name in here:
            assert services[name]["environment"][variable] == f"0.0.0.0:{found['port']}"
        left_out = {name for name, service in services.items() if variable in service.get("environment", {})}
        assert left_out <= set(found["names"])


def test_traces_go_from_the_products_setting_to_where_they_are_kept() -> None:
    collector = yaml.safe_load((DEPLOY / "otel" / "collector.yml").read_text())
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    pipeline = collector["service"]["pipelines"]["traces"]
    for part in ("receivers", "processors", "exporters"):
        assert set(pipeline[part]) <= set(collector[part])
    example = re.search(r"^#TRACES_ENDPOINT=http://([\w-]+):(\d+)$", (DEPLOY / "env.example").read_text(), re.MULTILINE)
    assert example is not None
    assert example[1] in compose
    assert collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"] == f"0.0.0.0:{example[2]}"
    assert collector["exporters"]["otlp"]["endpoint"].split(":")[0] in compose


def test_the_rules_are_where_prometheus_looks_for_them() -> None:
    (rules,) = PROMETHEUS["rule_files"]
    mounts = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]["volumes"]
    folders = {where: ROOT / source for source, where, *_ in (mount.split(":") for mount in mounts)}
    folder, name = rules.rsplit("/", 1)
    assert (folders[folder] / name).is_file()
