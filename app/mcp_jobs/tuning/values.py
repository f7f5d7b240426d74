"""Today's settings, from a values file of the chart."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.keda import Scaling
from mcp_jobs.core.tuning.settings import Settings

Cap = Annotated[int, Field(ge=0)] | None


class ValuesError(McpJobsError):
    """Raised when a values file can't be read, or holds what the chart would refuse."""


class _Lenient(BaseModel):
    """Only what is tuned is read; the chart's schema checks the rest."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class _Scaling(_Lenient):
    polling_interval: int = Field(default=5, ge=1)
    max_replica_count: int = Field(default=100, ge=1)
    lag_threshold: int | None = Field(default=None, ge=1)
    activation_lag_threshold: int = Field(default=0, ge=0)


class _Runner(_Lenient):
    claim_wait_seconds: int = Field(default=10, ge=0)


class _Workload(_Lenient):
    """A workload with all that it takes over from `defaults`."""

    enabled: bool = True
    tenant: str | None = None
    batch_size: int = Field(default=1, ge=1)
    max_active_jobs: Cap = None
    scaling: _Scaling = _Scaling()
    runner: _Runner = _Runner()


class _Policy(_Lenient):
    mode: str = "enforce"
    max_active_jobs: Cap = None
    max_active_jobs_per_tenant: Cap = None
    tenants: dict[str, int] = {}


def read_values(path: Path | None, workload: str | None) -> tuple[str, Settings]:
    """The workload's name and settings; without a file, the chart's own. Raises ValuesError."""
    tree = {} if path is None else _load(path)
    try:
        policy = _Policy.model_validate(tree.get("policy") or {})
        found = {
            name: _Workload.model_validate(_merged(tree.get("defaults") or {}, own or {}))
            for name, own in (tree.get("workloads") or {"default": {}}).items()
        }
        name = _chosen([name for name, each in found.items() if each.enabled], workload)
        return name, _settings(found[name], policy)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise ValuesError(f"{path}: {place}: {problem['msg']}") from None
    except (AttributeError, TypeError):
        raise ValuesError(
            f"{path} is no values file of the chart: defaults, workloads and policy are maps"
        ) from None


def _load(path: Path) -> Mapping[str, Any]:
    try:
        tree = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise ValuesError(f"can't read {path}: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValuesError(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(tree, dict | None):
        raise ValuesError(f"{path} is no values file of the chart: a map is expected")
    return tree or {}


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The chart's rule: maps are merged, all else is replaced."""
    merged = dict(base)
    for key, value in own.items():
        both = isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
        merged[key] = _merged(base[key], value) if both else value
    return merged


def _chosen(names: list[str], wanted: str | None) -> str:
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names and wanted is not None:
        return wanted
    there = ", ".join(sorted(names)) or "none"
    said = f"{wanted} is no enabled workload" if wanted else "which workload? Name it with --workload"
    raise ValuesError(f"{said}; there are: {there}")


def _settings(workload: _Workload, policy: _Policy) -> Settings:
    scaling = workload.scaling
    threshold = workload.batch_size if scaling.lag_threshold is None else scaling.lag_threshold
    if threshold < workload.batch_size:
        raise ValuesError(
            f"scaling.lagThreshold {threshold} is less than batchSize {workload.batch_size}: KEDA would start"
            " Jobs that find nothing. Leave lagThreshold out, or raise it"
        )
    return Settings(
        scaling=Scaling(
            lag_threshold=threshold,
            activation_lag_threshold=scaling.activation_lag_threshold,
            max_replica_count=scaling.max_replica_count,
        ),
        polling_interval=scaling.polling_interval,
        batch_size=workload.batch_size,
        cap=_cap(workload, policy),
        claim_wait=workload.runner.claim_wait_seconds,
    )


def _cap(workload: _Workload, policy: _Policy) -> int | None:
    """The tightest cap; in audit mode nothing is denied."""
    if policy.mode != "enforce":
        return None
    caps = [policy.max_active_jobs, workload.max_active_jobs]
    if workload.tenant:
        caps.append(policy.tenants.get(workload.tenant, policy.max_active_jobs_per_tenant))
    return min((cap for cap in caps if cap is not None), default=None)
