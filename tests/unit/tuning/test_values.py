"""Today's settings are read as the chart would merge them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_jobs.tuning.values import ValuesError, read_values

CHART = Path(__file__).parents[3] / "charts" / "mcp-jobs" / "values.yaml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "values.yaml"


def write(path: Path, **values: Any) -> Path:
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def test_without_a_file_the_charts_own_values_are_todays() -> None:
    assert read_values(None, None) == read_values(CHART, None)


def test_a_workloads_own_values_win_over_the_defaults(file: Path) -> None:
    scaling = {"pollingInterval": 20, "maxReplicaCount": 50}
    write(file, defaults={"scaling": scaling}, workloads={"a": {"scaling": {"maxReplicaCount": 7}}})
    name, found = read_values(file, None)
    assert (name, found.polling_interval, found.scaling.max_replica_count) == ("a", 20, 7)


def test_the_lag_threshold_is_the_batch_unless_it_is_given(file: Path) -> None:
    write(file, workloads={"a": {"batchSize": 4}, "b": {"batchSize": 4, "scaling": {"lagThreshold": 8}}})
    assert [read_values(file, name)[1].scaling.lag_threshold for name in "ab"] == [4, 8]


@pytest.mark.parametrize(
    ("policy", "cap"),
    [
        ({}, 30),
        ({"maxActiveJobs": 20}, 20),
        ({"maxActiveJobsPerTenant": 10}, 10),
        ({"maxActiveJobsPerTenant": 10, "tenants": {"acme": 25}}, 25),
        ({"maxActiveJobs": 20, "mode": "audit"}, None),
    ],
)
def test_the_tightest_cap_counts_unless_the_policy_only_audits(
    file: Path, policy: dict[str, Any], cap: int | None
) -> None:
    write(file, policy=policy, workloads={"a": {"tenant": "acme", "maxActiveJobs": 30}})
    assert read_values(file, None)[1].cap == cap


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({"workloads": {"a": {}, "b": {}}}, None, "--workload; there are: a, b"),
        ({"workloads": {"a": {}}}, "c", "c is no enabled workload; there are: a"),
        ({"workloads": {"a": {"enabled": False}}}, None, "there are: none"),
        ({"workloads": {"a": {"scaling": {"pollingInterval": 0}}}}, None, "scaling.pollingInterval"),
        (
            {"workloads": {"a": {"batchSize": 3, "scaling": {"lagThreshold": 2}}}},
            None,
            "less than batchSize 3",
        ),
        ({"workloads": ["a"]}, None, "is no values file of the chart"),
        ({"policy": {"maxActiveJobs": -1}}, None, "maxActiveJobs"),
    ],
)
def test_what_the_chart_would_refuse_is_refused_in_a_sentence(
    file: Path, values: dict[str, Any], name: str | None, sentence: str
) -> None:
    with pytest.raises(ValuesError, match=sentence):
        read_values(write(file, **values), name)


@pytest.mark.parametrize(("text", "sentence"), [("a: [", "is no YAML"), ("- a", "a map is expected")])
def test_a_file_that_is_no_values_file_is_refused(file: Path, text: str, sentence: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValuesError, match=sentence):
        read_values(file, None)


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(ValuesError, match=r"can't read .*values.yaml: No such file"):
        read_values(file, None)
