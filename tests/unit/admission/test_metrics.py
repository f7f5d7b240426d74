"""The metrics' names are a promise: dashboard and alert rules use them."""

import re
from pathlib import Path

import pytest

from mcp_jobs.adapters.metrics import COUNTERS, GAUGES, HISTOGRAMS, Metrics
from mcp_jobs.reconciler import meters

CHART = Path(__file__).parents[3] / "charts" / "mcp-jobs"
SHOWN = [CHART / "files" / "alerts.yaml", CHART / "files" / "dashboard.json"]


def exported() -> set[str]:
    """Every name that a scrape can show."""
    suffixes = ("", "_bucket", "_sum", "_count")
    histograms = {name + suffix for name in HISTOGRAMS for suffix in suffixes}
    return {*COUNTERS, *GAUGES, *histograms}


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: file.name)
def test_every_metric_that_the_chart_shows_exists(file: Path) -> None:
    named = set(re.findall(r"\bmcp_jobs_[a-z_]+", file.read_text(encoding="utf-8")))
    assert named
    assert named - exported() == set()


def test_the_reconciler_s_metrics_exist() -> None:
    named = {
        value for value in vars(meters).values() if isinstance(value, str) and value.startswith("mcp_jobs_")
    }
    assert named - {*COUNTERS, *GAUGES, *HISTOGRAMS} == set()


def test_every_metric_is_exported_under_its_name() -> None:
    metrics = Metrics()
    for name, (_, labels) in COUNTERS.items():
        metrics.add(name, 2, **dict.fromkeys(labels, "x"))
    for name, (_, labels) in GAUGES.items():
        metrics.set(name, 3, **dict.fromkeys(labels, "x"))
    for name, (_, labels, _) in HISTOGRAMS.items():
        metrics.observe(name, 4, **dict.fromkeys(labels, "x"))
    shown = metrics.render()[0].decode()
    for name in {*COUNTERS, *GAUGES}:
        assert re.search(rf"^{name}(\{{.*\}})? [23]\.0$", shown, re.MULTILINE), name
    for name in HISTOGRAMS:
        assert re.search(rf"^{name}_sum(\{{.*\}})? 4\.0$", shown, re.MULTILINE), name
    assert "process_resident_memory_bytes" in shown


def test_a_gauge_is_forgotten_with_all_its_labels() -> None:
    metrics = Metrics()
    metrics.set("mcp_jobs_active_jobs", 1, workload="a", tenant="b")
    metrics.forget("mcp_jobs_active_jobs")
    assert "mcp_jobs_active_jobs{" not in metrics.render()[0].decode()


def test_the_counters_of_alerts_are_there_before_they_count() -> None:
    metrics = Metrics()
    metrics.begin("w", "acme")
    shown = metrics.render()[0].decode()
    assert 'mcp_jobs_dead_letters_total{class="oom-killed",workload="w"} 0.0' in shown
    assert 'mcp_jobs_frontier_alarms_total{reason="members",workload="w"} 0.0' in shown
    assert 'mcp_jobs_outcomes_total{status="failed",tenant="acme",workload="w"} 0.0' in shown
    assert 'mcp_jobs_duration_seconds_count{status="failed",workload="w"} 0.0' in shown
    assert "cancelled" not in shown
    metrics.add("mcp_jobs_retries_total", workload="w")
    metrics.begin("w", "acme")
    assert 'mcp_jobs_retries_total{workload="w"} 1.0' in metrics.render()[0].decode()


def test_a_trace_is_the_exemplar_of_its_observation_for_whoever_reads_openmetrics() -> None:
    metrics, trace = Metrics(), "4bf92f3577b34da6a3ce929d0e0e4736"
    metrics.observe("mcp_jobs_duration_seconds", 3, trace, workload="w", status="succeeded")
    metrics.observe("mcp_jobs_duration_seconds", 40, workload="w", status="succeeded")

    plain, plain_type = metrics.render("text/plain;version=0.0.4")
    body, content_type = metrics.render("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")

    assert content_type.startswith("application/openmetrics-text")
    exemplars = [line for line in body.decode().splitlines() if "trace_id" in line]
    [line] = exemplars
    assert f'le="5.0",status="succeeded",workload="w"}} 1.0 # {{trace_id="{trace}"}} 3.0' in line
    assert plain_type.startswith("text/plain")
    assert trace not in plain.decode()


def test_openmetrics_has_the_same_series_as_the_plain_text() -> None:
    metrics = Metrics()
    metrics.begin("w", "acme")

    def series(accept: str) -> set[str]:
        lines = metrics.render(accept)[0].decode().splitlines()
        return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}

    assert series("application/openmetrics-text") == series("")
