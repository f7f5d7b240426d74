"""Every example renders, passes Helm's linter, and keeps the rules that nothing else checks."""

from collections import Counter
from pathlib import Path

import pytest

from chart.pods import containers, pod_specs
from chart.render import (
    ALL_VALUES,
    BROKERS,
    CHART,
    EXAMPLES,
    KUBERNETES,
    ROOT,
    Release,
    helm,
    options,
    render,
)

DEFAULTS = Path("defaults")
CASES = (DEFAULTS, *EXAMPLES)


@pytest.fixture(params=CASES, ids=lambda file: file.stem)
def release(request: pytest.FixtureRequest) -> Release:
    return render() if request.param == DEFAULTS else render(None, request.param)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_helm_lint_has_nothing_to_say(file: Path) -> None:
    helm("lint", str(CHART), "--strict", "--kube-version", KUBERNETES, *options((file,), ()))


def test_helm_lint_has_nothing_to_say_of_the_defaults_nor_of_the_broker_for_development() -> None:
    helm("lint", str(CHART), "--strict", "--kube-version", KUBERNETES, *options((), (BROKERS,)))
    helm("lint", str(ROOT / "charts" / "kafka-dev"), "--strict")


def test_every_template_renders_something_in_some_example() -> None:
    rendered = set[str]()
    for file in EXAMPLES:
        output = helm("template", "x", str(CHART), "--kube-version", KUBERNETES, *options((file,), ()))
        rendered |= {
            line.removeprefix("# Source: mcp-jobs/") for line in output.splitlines() if "# Source: " in line
        }
    templates = {str(path.relative_to(CHART)) for path in (CHART / "templates").rglob("*.yaml")}
    assert templates - rendered == {"templates/validate.yaml"}


def test_every_container_has_a_read_only_root_and_limits_its_memory(release: Release) -> None:
    for name, spec in pod_specs(release):
        for container in containers(spec):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            assert "memory" in container["resources"]["limits"], name


def test_every_writable_volume_has_a_size(release: Release) -> None:
    given = {"data"}  # of the all-values file: a user's own
    for name, spec in pod_specs(release):
        for volume in spec["volumes"]:
            if "emptyDir" in volume and volume["name"] not in given:
                assert volume["emptyDir"]["sizeLimit"], name


def test_only_the_helper_has_a_token_for_the_api(release: Release) -> None:
    tokens = {
        name for name, spec in pod_specs(release) if spec.get("automountServiceAccountToken") is not False
    }
    assert all(name.startswith("Deployment/") for name in tokens)
    accounts = release.of_kind("ServiceAccount")
    assert {account["automountServiceAccountToken"] for account in accounts} == {False}


def test_no_pod_sees_the_variables_of_services(release: Release) -> None:
    """A Service named kafka would set KAFKA_PORT and more, which are settings here."""
    assert {spec["enableServiceLinks"] for _, spec in pod_specs(release)} == {False}


def test_no_two_objects_share_a_name_and_no_object_names_its_namespace(release: Release) -> None:
    names = Counter((found["kind"], found["metadata"]["name"]) for found in release)
    assert [name for name, count in names.items() if count > 1] == []
    assert [found["metadata"]["name"] for found in release if "namespace" in found["metadata"]] == []


def test_every_object_says_what_it_is_part_of(release: Release) -> None:
    wanted = {
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/component",
        "helm.sh/chart",
    }
    for found in release:
        if "-extra" not in found["metadata"]["name"]:
            assert wanted <= found["metadata"]["labels"].keys(), found["metadata"]["name"]


def test_every_name_and_label_is_as_long_as_kubernetes_allows() -> None:
    long = render({"workloads": {"default": None, "w" * 16: {"topic": "t"}}}, release="r" * 53)
    for found in [*long, *render(None, ALL_VALUES)]:
        assert len(found["metadata"]["name"]) <= 63
        assert all(len(value) <= 63 for value in found["metadata"].get("labels", {}).values())


def test_large_numbers_stay_whole() -> None:
    text = helm("template", "x", str(CHART), "--kube-version", KUBERNETES, *options((ALL_VALUES,), ()))
    assert "e+0" not in text
