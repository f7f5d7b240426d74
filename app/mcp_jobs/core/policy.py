"""The policy: what a Job may ask for, and how many may be active. Pure data, strictly read."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from mcp_jobs.core.errors import McpJobsError

Count = Annotated[int, Field(ge=0)]
ScopeKind = Literal["global", "tenant", "workload"]


class PolicyError(McpJobsError):
    """Raised when a policy can't be read; names each field at fault."""


class _Strict(BaseModel):
    """A typo is an error: a cap that nobody reads would cap nothing."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True
    )


class Limits(_Strict):
    """What a number is where the Job does not say, and between which two it must be."""

    default: Count
    min: Count
    max: Count

    @model_validator(mode="after")
    def _ordered(self) -> "Limits":
        if not self.min <= self.default <= self.max:
            raise ValueError(f"expected min <= default <= max, found {self.min}, {self.default}, {self.max}")
        return self

    def clamped(self, number: int | None) -> int:
        """The number that is allowed instead of this one."""
        return self.default if number is None else min(max(number, self.min), self.max)


class Caps(_Strict):
    """Active Jobs at most; None is no cap."""

    release: Count | None = Field(default=None, alias="global")
    tenant_default: Count | None = None
    tenants: dict[str, Count] = {}
    workloads: dict[str, Count] = {}

    def of(self, kind: ScopeKind, name: str) -> int | None:
        """The cap of one scope. Jobs without a tenant have no tenant's cap."""
        if kind == "global":
            return self.release
        if kind == "workload":
            return self.workloads.get(name)
        return self.tenants.get(name, self.tenant_default) if name else None


class Orphans(_Strict):
    """What becomes of a message that a Job left claimed."""

    complete: Literal["requeue", "dead-letter"] = "requeue"
    failed: Literal["requeue", "dead-letter"] = "dead-letter"


_ONE = Limits(default=1, min=1, max=1)


class Policy(_Strict):
    """The whole policy, as the file has it."""

    mode: Literal["enforce", "audit"] = "enforce"
    caps: Caps = Caps()
    ttl_seconds_after_finished: Limits = Limits(default=3600, min=60, max=604800)
    active_deadline_seconds: Limits = Limits(default=3600, min=10, max=86400)
    backoff_limit: Limits = Limits(default=2, min=0, max=10)
    allowed_registries: tuple[str, ...] = Field(default=(), strict=False)
    orphans: Orphans = Orphans()

    @property
    def audits(self) -> bool:
        """Whether everything is admitted and only reported."""
        return self.mode == "audit"

    @property
    def limits(self) -> dict[str, Limits]:
        """The limits of a Job's numbers, by their names in its spec. One Job is one pod at a time."""
        return {
            "ttlSecondsAfterFinished": self.ttl_seconds_after_finished,
            "activeDeadlineSeconds": self.active_deadline_seconds,
            "backoffLimit": self.backoff_limit,
            "parallelism": _ONE,
            "completions": _ONE,
        }


def parse_policy(tree: Any) -> Policy:
    """The policy in a YAML tree. Raises PolicyError."""
    try:
        return Policy.model_validate(tree)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        raise PolicyError(
            "; ".join(_sentence(problem["loc"], problem["msg"]) for problem in problems)
        ) from None


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    path = ".".join(str(part) for part in location) or "the policy"
    return f"{path}: {message.removeprefix('Value error, ')}"
