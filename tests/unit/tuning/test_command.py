"""`mcp-jobs tune` as a person uses it."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from typer.testing import CliRunner, Result

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.entrypoints.commands import app
from mcp_jobs.tuning.values import read_values

QUICK = ("--courses", "1", "--polling-intervals", "1s,5s", "--max-replicas", "10,40", "--batch-sizes", "1")
BURST = ("--burst", "40", "--work", "5s", *QUICK)


def tune(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["tune", *arguments], env={"COLUMNS": "140"})


def test_the_lines_to_paste_are_the_recommended_values(tmp_path: Path) -> None:
    found = json.loads(tune(*BURST, "--json").stdout)
    pasted = tmp_path / "values.yaml"
    pasted.write_text(found["values"], encoding="utf-8")
    name, settings = read_values(pasted, None)
    recommended = found["recommended"]
    assert name == "default"
    assert settings.polling_interval == recommended["pollingInterval"]
    assert settings.scaling.max_replica_count == recommended["maxReplicaCount"]
    assert settings.scaling.lag_threshold == recommended["lagThreshold"] == settings.batch_size


def test_a_person_gets_a_table_a_plot_the_lines_and_why() -> None:
    result = tune(*BURST)
    assert result.exit_code == 0
    assert "today" in result.stdout
    assert "recommended" in result.stdout
    assert "p95 wait (s) by cost" in result.stdout
    assert "Chosen as the least product" in result.stdout
    lines = result.stdout[result.stdout.index("workloads:") : result.stdout.index("- Chosen")]
    assert yaml.safe_load(lines)["workloads"]["default"]["batchSize"] == 1
    assert "\x1b[" not in result.stdout


def test_a_target_is_met_by_the_recommended_values() -> None:
    found = json.loads(tune(*BURST, "--start-rate", "20/s", "--target-wait", "25s", "--json").stdout)
    assert found["recommended"]["wait"]["p95"]["most"] <= 25
    assert "the cheapest that keeps the p95 wait within 25 s" in found["why"][0]


def test_a_target_out_of_reach_is_said_to_be() -> None:
    found = json.loads(tune(*BURST, "--target-wait", "1s", "--json").stdout)
    assert "Nothing that was tried keeps the p95 wait within 1 s" in found["why"][0]


def test_a_load_that_is_too_much_is_said_to_be(tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text("defaults: {scaling: {maxReplicaCount: 10}}", encoding="utf-8")
    only = ("--max-replicas", "10", "--batch-sizes", "1", "--polling-intervals", "5s", "--courses", "1")
    load = ("--rate", "4/s", "--for", "1m", "--work", "10s")
    found = json.loads(tune("--values", str(values), *load, *only, "--json").stdout)
    assert any("let the backlog grow" in sentence for sentence in found["warnings"])
    assert any("the nodes start 2 Jobs a second" in sentence for sentence in found["warnings"])


def test_creates_that_come_too_late_are_said_to_be() -> None:
    load = ("--burst", "400", "--work", "5s", "--start-rate", "100/s")
    only = ("--max-replicas", "400", "--batch-sizes", "1", "--polling-intervals", "5s", "--courses", "1")
    found = json.loads(tune(*load, *only, "--target-wait", "1s", "--json").stdout)
    assert any("KEDA_KUBERNETES_API_TIMEOUT=30s" in sentence for sentence in found["warnings"])


@pytest.mark.parametrize("name", ["wait.svg", "wait.png"])
def test_a_chart_is_drawn(tmp_path: Path, name: str) -> None:
    chart = tmp_path / name
    assert tune(*BURST, "--json", "--chart", str(chart)).exit_code == 0
    if chart.suffix == ".svg":
        assert ElementTree.parse(chart).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    else:
        assert chart.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "which load?"),
        (("--rate", "2/s"), "how long does a message take?"),
        (("--rate", "2/s", "--work", "1s", "--for", "10h"), "the load has 72,000 messages"),
        (("--from-topic", "t"), "which Kafka?"),
        (("--burst", "1", "--work", "1s", "--values", "nowhere.yaml"), "can't read nowhere.yaml"),
    ],
)
def test_what_is_missing_is_asked_for(arguments: tuple[str, ...], sentence: str) -> None:
    error = tune(*arguments).exception
    assert isinstance(error, McpJobsError)
    assert sentence in str(error)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--rate", "2", "such as 2/s"),
        ("--for", "10", "such as 500ms, 30s or 5m"),
        ("--burst", "many", "such as 100@2m"),
        ("--burst", "5@2", "such as 500ms, 30s or 5m"),
        ("--work", "20s,5s", "a 95th percentile that is not less"),
        ("--max-replicas", "0,5", "numbers from 1 on"),
        ("--polling-intervals", "1,5", "such as 500ms, 30s or 5m"),
        ("--chart", "wait.gif", ".png or .svg"),
    ],
)
def test_a_quantity_that_cant_be_read_is_refused_with_an_example(
    option: str, value: str, sentence: str
) -> None:
    result = tune(option, value)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.replace("│", " ").split())
