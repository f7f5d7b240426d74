"""The parts of a rendered ScaledJob."""

from typing import Any

from chart.render import Object, Release


def job(scaled_job: Object) -> Any:
    return scaled_job["spec"]["jobTargetRef"]


def pod(scaled_job: Object) -> Any:
    return job(scaled_job)["template"]["spec"]


def runner(scaled_job: Object) -> Any:
    (container,) = [found for found in pod(scaled_job)["containers"] if found["name"] == "runner"]
    return container


def servers(scaled_job: Object) -> Any:
    (container,) = [found for found in pod(scaled_job)["containers"] if found["name"] == "servers"]
    return container


def mounts(container: Object) -> dict[str, str]:
    """Path -> volume."""
    return {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}


def only(release: Release) -> Object:
    return release.one("ScaledJob")
