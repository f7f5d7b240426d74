"""`mcp-jobs check`: what the gate says to messages, before anything is sent."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mcp_jobs.adapters.mcp.text import clean
from mcp_jobs.core.allow import Allow, Verdict, parse_allow
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import AllowError, EnvelopeError
from mcp_jobs.core.servers import Server
from mcp_jobs.entrypoints.files import InputError, Sourced

#: what the chart's values.yaml says
CHART_DEFAULT: dict[str, Any] = {
    "commands": ["mcp-server-time", "mcp-server-time --local-timezone **"],
    "urls": [],
    "env": [],
    "tenants": {},
}
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One server of a message, and what the gate says; `server` is empty where the message is no envelope."""

    source: str
    job_id: str
    server: str
    verdict: Verdict

    def to_json(self) -> dict[str, object]:
        """One line of `--json`."""
        return {
            "source": self.source,
            "jobId": self.job_id,
            "server": self.server,
            "allowed": self.verdict.allowed,
            "rule": self.verdict.rule or None,
            "reason": self.verdict.reason or None,
        }

    def line(self) -> str:
        """The same for a person, free of what a terminal would act on."""
        subject = f"Server {self.server!r}" if self.server else "The message"
        allowed = f"is allowed by {self.verdict.rule!r}" if self.verdict.rule else "is disabled"
        return clean(f"{self.source}: {subject} {allowed if self.verdict.allowed else self.verdict.reason}")


def check(messages: Sequence[Sourced], allow: Allow) -> list[Finding]:
    """The gate's verdicts; nothing is started, and no name is looked up."""
    return [finding for message in messages for finding in _findings(message, allow)]


def exit_code(findings: Sequence[Finding]) -> int:
    """0 where all are allowed, 2 where a message is no envelope, else 1."""
    if all(finding.verdict.allowed for finding in findings):
        return 0
    return 1 if all(finding.server for finding in findings) else 2


def show(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Print the verdicts."""
    for finding in findings:
        print(json.dumps(finding.to_json()) if as_json else finding.line())


def read_rules(files: Sequence[Path], workload: str | None) -> Allow:
    """The rules of a workload in Helm values. Raises InputError, also where one of them is none."""
    tree, tenant = rules_in(files, workload)
    try:
        return parse_allow(tree, tenant)
    except AllowError as error:
        raise InputError(str(error)) from None


def rules_in(files: Sequence[Path], workload: str | None = None) -> tuple[Any, str]:
    """`runner.allow` of a workload and its tenant; the chart's own where no file says otherwise.

    Raises:
        InputError: a file can't be read, or the workload is not in it.
    """
    values: dict[str, Any] = {"workloads": {"default": {}}, "defaults": {"runner": {"allow": CHART_DEFAULT}}}
    for file in files:
        values = _merged(values, _read(file))
    names = sorted(
        name for name, own in values["workloads"].items() if own is not None and _enabled(own, values)
    )
    if workload is None and len(names) != 1:
        raise InputError(f"which workload? Name one with --workload: {', '.join(names) or 'none is enabled'}")
    name = workload or names[0]
    if name not in names:
        raise InputError(f"--workload {name} is no enabled workload; there are {', '.join(names)}")
    complete = _merged(values["defaults"], values["workloads"][name])
    return complete["runner"]["allow"], complete.get("tenant") or ""


def _findings(message: Sourced, allow: Allow) -> list[Finding]:
    try:
        envelope = decode(message.value)
    except EnvelopeError as error:
        return [
            Finding(message.source, error.job_id or "", "", Verdict(False, reason=f"is no envelope: {error}"))
        ]
    return [
        Finding(message.source, envelope.job_id, server.name, _judge(server, allow))
        for server in envelope.servers
    ]


def _judge(server: Server, allow: Allow) -> Verdict:
    return Verdict(True) if server.disabled else allow.judge(server)


def _enabled(workload: Values, values: Values) -> bool:
    return bool(workload.get("enabled", values["defaults"].get("enabled", True)))


def _read(file: Path) -> Values:
    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise InputError(f"can't read the values in {file}: {' '.join(str(error).split())}") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise InputError(f"{file} holds no Helm values: expected a map")
    for keys in (("defaults",), ("workloads",), ("defaults", "runner")):
        at: Any = tree
        for key in keys:
            at = at.get(key, {}) if isinstance(at, dict) else None
        if not isinstance(at, dict):
            raise InputError(f"{file}: expected a map at {'.'.join(keys)}")
    return tree


def _merged(below: Values, above: Values) -> dict[str, Any]:
    """As Helm merges values: maps recursively, all else is replaced."""
    whole = dict(deepcopy(below))
    for key, value in above.items():
        mine = whole.get(key)
        whole[key] = _merged(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return whole
