"""`mcp-jobs check`: the gate's verdicts, before anything is sent."""

import json
from pathlib import Path

import pytest
import yaml

from mcp_jobs.core.allow import parse_allow
from mcp_jobs.entrypoints.check import CHART_DEFAULT, check, exit_code, read_rules, rules_in, show
from mcp_jobs.entrypoints.files import InputError, Sourced

CHART = Path(__file__).parents[2] / "charts" / "mcp-jobs" / "values.yaml"
TWO = {
    "mcpServers": {
        "time": {"command": "mcp-server-time"},
        "git": {"command": "uvx", "args": ["mcp-server-git"]},
    }
}


def sourced(body: object) -> Sourced:
    return Sourced("jobs.jsonl #1", json.dumps(body).encode())


def values(directory: Path, text: str) -> list[Path]:
    (directory / "values.yaml").write_text(text, encoding="utf-8")
    return [directory / "values.yaml"]


def test_the_rules_without_values_are_the_charts() -> None:
    chart = yaml.safe_load(CHART.read_text(encoding="utf-8"))
    assert chart["defaults"]["runner"]["allow"] == CHART_DEFAULT
    assert read_rules([], None) == parse_allow(CHART_DEFAULT)


def test_each_server_has_its_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    findings = check([sourced({"jobId": "1", "payload": TWO})], read_rules([], None))
    assert exit_code(findings) == 1
    show(findings, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "jobs.jsonl #1: Server 'time' is allowed by 'mcp-server-time'",
        "jobs.jsonl #1: Server 'git' is refused: no rule allows its command; "
        'add "uvx mcp-server-git" to runner.allow.commands',
    ]
    show(findings, as_json=True)
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["server"], first["allowed"], first["rule"]) == ("time", True, "mcp-server-time")
    assert (second["jobId"], second["allowed"], second["rule"]) == ("1", False, None)


def test_what_is_no_envelope_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    findings = check([Sourced("x.json", b'{"jobId": "1", "payload": "\x1b[31m"}')], read_rules([], None))
    assert exit_code(findings) == 2
    show(findings, as_json=False)
    assert "x.json: The message is no envelope: " in (out := capsys.readouterr().out)
    assert "\x1b" not in out


def test_a_disabled_server_is_not_judged() -> None:
    body = {"jobId": "1", "payload": {"mcpServers": {"x": {"command": "sh", "disabled": True}}}}
    findings = check([sourced(body)], read_rules([], None))
    assert exit_code(findings) == 0
    assert findings[0].line().endswith("Server 'x' is disabled")


def test_values_are_merged_as_helm_does(tmp_path: Path) -> None:
    files = values(
        tmp_path,
        """
defaults: {runner: {allow: {commands: [a], env: [GIT_*], tenants: {acme: {commands: [b]}}}}}
workloads:
  default: {enabled: false}
  tools: {tenant: acme, runner: {allow: {urls: [api.example.com]}}}
""",
    )
    allow = read_rules(files, None)
    assert [rule.text for rule in allow.commands] == ["a", "b"]
    assert ([rule.text for rule in allow.urls], allow.env) == (["api.example.com"], ("GIT_*",))
    assert rules_in(files)[1] == "acme"


@pytest.mark.parametrize(
    ("text", "workload", "sentence"),
    [
        ("workloads: {tools: {}}", None, "which workload\\? Name one with --workload: default, tools"),
        ("workloads: {default: null}", None, "none is enabled"),
        ("", "tools", "--workload tools is no enabled workload; there are default"),
        ("[]", None, "holds no Helm values"),
        ("defaults: []", None, "expected a map at defaults"),
        ("{", None, "can't read the values"),
        (
            "defaults: {runner: {allow: {commands: ['*']}}}",
            None,
            r"runner.allow.commands\[0\] '\*': its first word",
        ),
    ],
)
def test_values_that_can_not_be_used_are_named(
    tmp_path: Path, text: str, workload: str | None, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        read_rules(values(tmp_path, text), workload)
