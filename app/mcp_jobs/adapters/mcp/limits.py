"""The plain arguments of a message's work: its deadlines, and what the machine lends its servers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mcp_jobs.core.allow import NOTHING, Allow


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Deadlines in seconds. A server's or a call's own timeout goes before the second and third."""

    message_seconds: float = 900
    server_start_seconds: float = 60
    call_seconds: float = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """All that a server process gets to see of the runner: nothing else is inherited.

    `work_dir` is where servers start; a `cwd` must lie in it, or in `cwd_root` where that is given.
    `envFile` is looked up under `env_file_root`. `expand` is what `${NAME}` may also ask for.
    `allow` is what may be started and asked at all; `api_server` is the host of Kubernetes' API, if any.
    """

    base_env: Mapping[str, str]
    env_file_root: Path
    work_dir: Path
    cwd_root: Path | None = None
    expand: Mapping[str, str] = field(default_factory=dict)
    allow: Allow = NOTHING
    api_server: str = ""
