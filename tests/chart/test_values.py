"""values.yaml, its schema and its documentation say the same."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from chart import readme
from chart.render import ALL_VALUES, BROKERS, CHART, EXAMPLES, Refused, render

TEXT = (CHART / "values.yaml").read_text(encoding="utf-8")
VALUES = yaml.safe_load(TEXT)
SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))

#: in the schema, though not in values.yaml: so that a template can refuse them and say why
REFUSED = {
    "minReplicaCount",
    "excludePersistentLag",
    "limitToPartitionsWithLag",
    "ensureEvenDistributionOfPartitions",
    "partitionLimitation",
    "allowIdleConsumers",
    "offsetResetPolicy",
    "scaleToZeroOnInvalidOffset",
    "strategy",
    "pendingPodConditions",
    "rollout",
    "rolloutStrategy",
    "successfulJobsHistoryLimit",
    "failedJobsHistoryLimit",
}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema behind a reference; what is said beside it counts too."""
    whole: dict[str, Any] = {}
    for part in schema.get("allOf", [schema]):
        name = part.get("$ref", "").removeprefix("#/definitions/")
        whole |= resolved(SCHEMA["definitions"][name]) if name else part
    return whole


def groups(values: Any, schema: Any, path: str = "") -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """(path, values, schema) of every group of keys that the schema closes."""
    schema = resolved(schema)
    if isinstance(values, dict) and values and "properties" in schema:
        yield path, values, schema
        for key, member in schema["properties"].items():
            if key in values and member is not True:
                yield from groups(values[key], member, f"{path}.{key}")


GROUPS = list(groups(VALUES, SCHEMA))


def test_the_groups_of_values_are_found() -> None:
    assert {".kafka.credentials", ".defaults.scaling", ".admission.certificates"} <= {
        path for path, *_ in GROUPS
    }
    assert len(GROUPS) > 25


@pytest.mark.parametrize(("path", "values", "schema"), GROUPS, ids=[path or "root" for path, *_ in GROUPS])
def test_values_and_schema_have_the_same_keys(
    path: str, values: dict[str, Any], schema: dict[str, Any]
) -> None:
    allowed = schema["properties"].keys() - (REFUSED if path.endswith("scaling") else {"global"})
    assert values.keys() == allowed
    assert schema["additionalProperties"] is False
    needed = {key for key, value in values.items() if value is not None}
    partial = path.lower().endswith(("resources", ".allow"))  # of these a workload may give a part
    assert set(schema.get("required", [])) == (set() if partial else needed)


def test_a_workload_may_set_every_default_and_nothing_else() -> None:
    workload = SCHEMA["definitions"]["workload"]["properties"]
    own = {"topic", "consumerGroup", "outcomesTopic", "deadLettersTopic", "tenant"}
    assert workload.keys() == own | VALUES["defaults"].keys()
    assert VALUES["workloads"]["default"].keys() == own


def test_every_key_is_described_and_nothing_is_described_twice() -> None:
    names = [value.path for value in readme.described(TEXT)]
    assert len(names) == len(set(names))
    undescribed = [path for path in leaves(VALUES) if not any(path[: len(name)] == name for name in names)]
    assert undescribed == []


def leaves(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from leaves(value, (*path, key))
    else:
        yield path


def test_every_time_and_number_says_its_unit() -> None:
    """`seconds` and the like; a count names what it counts."""
    for value in readme.described(TEXT):
        key = value.path[-1]
        for suffix, unit in {"Seconds": "second", "Days": "day", "Interval": "second"}.items():
            if key.endswith(suffix):
                assert unit in value.description.lower(), value.name


def test_values_can_be_read_in_one_sitting() -> None:
    lines = TEXT.splitlines()
    assert len(lines) <= 350
    assert max(map(len, lines)) <= 120


def test_the_readme_has_the_table_of_these_values() -> None:
    text = (CHART / "README.md").read_text(encoding="utf-8")
    assert readme.with_table(text, TEXT) == text, "run scripts/chart-docs"


def test_the_all_values_file_sets_every_value_to_something_else() -> None:
    given = yaml.safe_load(ALL_VALUES.read_text(encoding="utf-8"))
    exclusive = {  # with another value of the file; values-production.yaml or another test has them
        ("kafka", "existingSecret"),
        ("admission", "certificates", "existingSecret"),
        ("admission", "certificates", "caBundle"),
    }
    switches = {path for path in leaves(VALUES) if value_at(VALUES, path) is True}
    closed = {tuple(path.split(".")[1:]) for path, *_ in GROUPS}
    keys = {(*group, key) for group in closed for key in value_at(VALUES, group)} - closed
    for path in keys - exclusive - {("global",)}:
        value = value_at(given, path)
        assert value is not None, path
        assert value != value_at(VALUES, path) or path in switches, path


def value_at(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_refused_with_a_typo(file: Any) -> None:
    with pytest.raises(Refused, match="additional properties 'admision' not allowed"):
        render({"admision": {"enabled": False}}, file)


@pytest.mark.parametrize("path", [path for path, *_ in GROUPS if path and "image" not in path])
def test_a_typo_in_any_group_is_refused_and_named(path: str) -> None:
    group = path.removeprefix(".")
    with pytest.raises(Refused) as refused:
        render({"kafka.brokers": "kafka:9092", f"{group}.tpyo": "x"})
    assert f"at '/{group.replace('.', '/')}'" in str(refused.value)
    assert "'tpyo' not allowed" in str(refused.value)


def test_the_chart_needs_nothing_but_brokers() -> None:
    assert render(BROKERS).objects == render().objects or len(render(BROKERS).objects) == len(
        render().objects
    )
