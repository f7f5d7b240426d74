"""The Dockerfile and the skaffold pipeline, as far as they can be read."""

import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from chart.render import CHART, ROOT, render

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SKAFFOLD: Any = yaml.safe_load((ROOT / "skaffold.yaml").read_text(encoding="utf-8"))


def instructions() -> list[str]:
    joined = re.sub(r"\\\n(\s*#.*\n)*", " ", DOCKERFILE)
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def last_stage() -> list[str]:
    lines = instructions()
    starts = [index for index, line in enumerate(lines) if line.startswith("FROM ")]
    return lines[starts[-1] :]


def test_the_base_image_is_an_argument() -> None:
    assert instructions()[0] == "ARG BASE_IMAGE=python:3.12-slim"
    assert {line.split()[1] for line in instructions() if line.startswith("FROM ")} == {"${BASE_IMAGE}"}


def test_the_image_runs_as_the_user_that_the_chart_names() -> None:
    user = next(line for line in last_stage() if line.startswith("USER "))
    context = render().one("Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert user == f"USER {context['runAsUser']}:{context['runAsGroup']}"


def test_a_signal_reaches_the_product_and_its_orphans_are_reaped() -> None:
    assert 'ENTRYPOINT ["tini", "--", "mcp-jobs"]' in last_stage()
    assert 'CMD ["runner"]' in last_stage()


def test_bytecode_is_in_the_image_as_the_root_file_system_is_read_only() -> None:
    compiled = [line for line in instructions() if "compileall" in line]
    assert all("unchecked-hash" in line for line in compiled)
    assert any("/opt/mcp-jobs/lib" in line for line in compiled)
    assert any("stdlib" in line for line in compiled if line in last_stage())
    assert "PYTHONDONTWRITEBYTECODE=1" in " ".join(last_stage())


def test_home_is_where_the_pod_has_a_writable_volume() -> None:
    home = re.search(r"HOME=(\S+)", " ".join(last_stage()))
    assert home
    pod = render().one("ScaledJob")["spec"]["jobTargetRef"]["template"]["spec"]
    assert home[1] in {mount["mountPath"] for c in pod["containers"] for mount in c["volumeMounts"]}


def test_nothing_newer_than_old_builders_know_is_used() -> None:
    """buildah 1.28: no heredocs, no COPY --link, no RUN --network."""
    assert not re.search(r"<<[-A-Z\"']|--link|RUN --network", DOCKERFILE)


def test_nothing_is_installed_that_is_not_locked() -> None:
    installs = [part for line in instructions() for part in line.split("&&") if "pip install" in part]
    assert installs
    for install in installs:
        assert "--no-deps" in install
        assert "--require-hashes -r requirements/" in install or install.split()[-1] == "/dist/*.whl"


def test_what_is_in_the_image_is_written_down_in_it() -> None:
    (line,) = [line for line in instructions() if "cyclonedx-py environment" in line]
    assert "--output-file /opt/mcp-jobs/share/sbom.cdx.json" in line


def test_the_server_of_helm_test_is_in_the_image() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    wanted = (ROOT / "requirements" / "image.in").read_text(encoding="utf-8")
    for server in values["test"]["message"]["mcpServers"].values():
        assert f"{server['command']}==" in wanted


def test_the_image_says_what_it_is() -> None:
    labels = re.findall(r"org\.opencontainers\.image\.(\w+)=", DOCKERFILE)
    assert {"title", "description", "licenses", "version", "revision", "created"} <= set(labels)


def test_the_build_context_holds_what_is_copied_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {line.removeprefix("!") for line in rules if line.startswith("!")}
    copied = {
        source
        for line in instructions()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert allowed == copied
    assert any(fnmatch("app/mcp_jobs/__pycache__", rule) for rule in rules[1:])


def test_skaffold_accepts_the_pipeline() -> None:
    schema = json.loads(Path(__file__).with_name("skaffold-v4beta14.json").read_text(encoding="utf-8"))
    assert SKAFFOLD["apiVersion"] == "skaffold/v4beta14"
    assert [error.message for error in Draft7Validator(schema).iter_errors(SKAFFOLD)] == []


def releases() -> list[Any]:
    pipelines = [SKAFFOLD, *SKAFFOLD["profiles"]]
    return [release for pipeline in pipelines for release in pipeline["deploy"]["helm"]["releases"]]


@pytest.mark.parametrize("release", releases(), ids=lambda release: release["name"])
def test_every_chart_of_the_pipeline_is_here_or_has_a_pinned_version(release: Any) -> None:
    if "chartPath" in release:
        assert (ROOT / release["chartPath"] / "Chart.yaml").is_file()
    else:
        assert re.fullmatch(r"\d+\.\d+\.\d+", release["version"])
    for file in release.get("valuesFiles", []):
        assert (ROOT / file).is_file()


def test_every_release_of_the_product_gets_the_image_that_was_built() -> None:
    names = {artifact["image"] for artifact in SKAFFOLD["build"]["artifacts"]}
    assert names == {"mcp-jobs"}
    for release in releases():
        if release.get("chartPath") == "charts/mcp-jobs":
            values = release["setValueTemplates"]
            assert values["image.repository"] == "{{.IMAGE_REPO_mcp_jobs}}"
            assert values["image.tag"] == "{{.IMAGE_TAG_mcp_jobs}}"


def test_the_development_profile_brings_keda_and_kafka_first() -> None:
    (profile,) = [profile for profile in SKAFFOLD["profiles"] if profile["name"] == "dev"]
    found = {release["name"]: release for release in profile["deploy"]["helm"]["releases"]}
    assert found.keys() == {"keda", "kafka", "mcp-jobs"}
    assert found["mcp-jobs"]["dependsOn"] == ["keda", "kafka"]
    broker = yaml.safe_load((CHART / "values-dev.yaml").read_text(encoding="utf-8"))["kafka"]["brokers"]
    assert broker == f"{found['kafka']['name']}:9092"


def test_from_nothing_to_the_first_outcome_takes_at_most_five_commands() -> None:
    text = (CHART / "README.md").read_text(encoding="utf-8").partition("## A loop for development")[2]
    block = text.split("\n\n")[1]
    assert len(block.splitlines()) <= 5
    assert "skaffold dev" in block
    assert "helm test" in block
