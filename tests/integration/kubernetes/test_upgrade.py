"""`helm upgrade` against a real API server: what does not change is not written, and no Job is touched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chart.render import BROKERS, CHART, Object, helm, options
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.kinds import Kinds
from integration.kubernetes.objects import job, namespace

PLACE = "upgrades"
EVERYTHING = {
    "networkPolicy.enabled": True,
    "monitoring.serviceMonitor.enabled": True,
    "monitoring.prometheusRule.enabled": True,
    "monitoring.dashboard.enabled": True,
}


class Release:
    """A release without its hooks: nothing here runs pods."""

    def __init__(self, kinds: Kinds, kubeconfig: Path) -> None:
        self.kinds = kinds
        self._kubeconfig = kubeconfig

    def upgrade(self, **values: Any) -> dict[str, Object]:
        """Install or upgrade; every object by kind and name, as the API server has it afterwards."""
        layers = (BROKERS, EVERYTHING, values)
        self.helm("upgrade", "mcp-jobs", str(CHART), "--install", "--no-hooks", *options((), layers))
        manifest = self.helm("get", "manifest", "mcp-jobs")
        objects = [found for found in yaml.load_all(manifest, yaml.CSafeLoader) if found]
        return {f"{found['kind']}/{found['metadata']['name']}": self.read(found) for found in objects}

    def read(self, found: Object) -> Object:
        """The object as the API server has it."""
        return self.kinds.api.get(f"{self.kinds.path(found, PLACE)}/{found['metadata']['name']}")

    def helm(self, *arguments: str) -> str:
        """Run Helm in the release's namespace."""
        return helm(*arguments, "--namespace", PLACE, kubeconfig=self._kubeconfig)


@pytest.fixture
def release(kinds: Kinds, control_plane: ControlPlane) -> Iterator[Release]:
    place = namespace(PLACE)
    kinds.api.apply(kinds.path(place, ""), place)
    release = Release(kinds, control_plane.kubeconfig)
    yield release
    release.helm("uninstall", "mcp-jobs", "--no-hooks", "--ignore-not-found")


def test_upgrades_write_what_changed_and_leave_running_jobs_alone(release: Release) -> None:
    """One release for all of it: an upgrade takes seconds."""
    installed = release.upgrade()
    assert len(installed) > 15
    running = of_scaled_job(release, installed["ScaledJob/mcp-jobs-default"])

    assert release.upgrade() == installed, "the same values: nothing is written, the certificate neither"

    changed = release.upgrade(**{"defaults.runner.logLevel": "DEBUG", "image.tag": "2"})
    written = {name for name in installed if installed[name] != changed[name]}
    assert written == {"ScaledJob/mcp-jobs-default", "Deployment/mcp-jobs-admission"}
    before, after = installed["ScaledJob/mcp-jobs-default"], changed["ScaledJob/mcp-jobs-default"]
    assert before["metadata"]["uid"] == after["metadata"]["uid"], "the Jobs of a new one would be orphans"
    assert after["spec"]["rollout"] == {"strategy": "gradual"}, "KEDA would delete running Jobs otherwise"
    assert release.read(running) == running


def of_scaled_job(release: Release, scaled_job: Object) -> Object:
    """A Job as KEDA makes it."""
    made = job("running")
    del made["metadata"]["labels"]["mcp-jobs.io/managed"]  # there is no helper to admit it
    names = ("apiVersion", "kind")
    owner = {key: scaled_job[key] for key in names} | {
        key: scaled_job["metadata"][key] for key in ("name", "uid")
    }
    made["metadata"]["ownerReferences"] = [owner | {"controller": True}]
    return release.kinds.api.apply(release.kinds.path(made, PLACE), made)
