"""The chart as Helm renders it."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "mcp-jobs"
ALL_VALUES = Path(__file__).with_name("all-values.yaml")
EXAMPLES = (*sorted(CHART.glob("values-*.yaml")), ALL_VALUES)
KUBERNETES = "1.34.0"
NAMESPACE = "jobs"
BROKERS = {"kafka": {"brokers": "kafka:9092"}}

Object = dict[str, Any]
Values = Mapping[str, Any]


class Refused(Exception):
    """Helm did not render; what it said."""


@dataclass(frozen=True)
class Release:
    """The objects of one rendering."""

    objects: tuple[Object, ...]

    def __iter__(self) -> Iterator[Object]:
        return iter(self.objects)

    def of_kind(self, kind: str) -> list[Object]:
        return [found for found in self.objects if found["kind"] == kind]

    def one(self, kind: str, name: str = "") -> Object:
        """The only object of that kind whose name ends so."""
        found = [
            candidate for candidate in self.of_kind(kind) if candidate["metadata"]["name"].endswith(name)
        ]
        assert len(found) == 1, [candidate["metadata"]["name"] for candidate in self.of_kind(kind)]
        return found[0]


def helm(*arguments: str, kubeconfig: Path | None = None) -> str:
    """Run Helm, which `scripts/helm` finds or builds. Raises Refused with its words."""
    env = os.environ | {"KUBECONFIG": str(kubeconfig or os.devnull), "HELM": helm_path()}
    done = subprocess.run(
        [helm_path(), *arguments], capture_output=True, text=True, env=env, cwd=ROOT, check=False
    )
    if done.returncode:
        raise Refused(done.stderr + done.stdout)
    return done.stdout


@cache
def helm_path() -> str:
    done = subprocess.run([ROOT / "scripts" / "helm", "--path"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout.strip()


def render(values: Values | None = None, *files: Path, release: str = "mcp-jobs") -> Release:
    """The chart with these values over those files; brokers are given unless files or values have them."""
    base = {} if files else BROKERS
    return _render(json.dumps([base, values or {}]), files, release)


def documents(values: Values | None = None, *files: Path) -> list[str]:
    """The same, each object as YAML: parsing it would swallow a key that stands there twice."""
    text = _template(json.dumps([{} if files else BROKERS, values or {}]), files, "mcp-jobs")
    return [part for part in re.split(r"^---$", text, flags=re.MULTILINE) if re.search(r"^kind:", part, re.M)]


@cache
def _render(layers: str, files: tuple[Path, ...], release: str) -> Release:
    output = _template(layers, files, release)
    return Release(tuple(found for found in yaml.load_all(output, yaml.CSafeLoader) if found))


@cache
def _template(layers: str, files: tuple[Path, ...], release: str) -> str:
    return helm(
        "template", release, str(CHART), "--namespace", NAMESPACE, "--kube-version", KUBERNETES,
        *options(files, json.loads(layers)),
    )  # fmt: skip


def options(files: Sequence[Path], layers: Sequence[Values]) -> Iterator[str]:
    """Helm's options for values files, and for values over them."""
    for file in files:
        yield from ("--values", str(file))
    for layer in layers:
        for key, value in layer.items():
            yield from ("--set-json", f"{key}={json.dumps(value)}")
