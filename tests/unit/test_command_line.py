"""The command line itself: what it costs a pod, what a shell completes, what exit codes mean."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from mcp_jobs.entrypoints.commands import app
from pages.cli import commands
from pages.markdown import ROOT

NAMES = dict(commands(get_command(app), "mcp-jobs"))

#: these print no results, or what is no JSON by its nature
SILENT = {"init", "up", "acls", "runner", "servers", "admission"}

#: what bash does when Tab is pressed behind these words
_TAB = """
eval "$(mcp-jobs --show-completion bash)"
COMP_WORDS=(mcp-jobs "$@"); COMP_CWORD=$#
_mcp_jobs_completion mcp-jobs
printf '%s\\n' "${COMPREPLY[@]}"
"""


def environment(**added: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **added}


@pytest.mark.parametrize("command", ["runner", "servers"])
def test_what_a_pod_runs_imports_no_command_line(command: str) -> None:
    program = f"""
import sys
sys.argv = ["mcp-jobs", "{command}"]
from mcp_jobs.__main__ import main
assert main() == 2
print(sorted(sys.modules.keys() & {{"typer", "rich", "shellingham"}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """The environment of a bash that has mcp-jobs on its path."""
    program = tmp_path / "mcp-jobs"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom mcp_jobs.__main__ import main\nsys.exit(main())\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    # Else the shell is found out by the parent processes: here, by what runs the tests.
    return environment(
        PATH=f"{tmp_path}:{os.environ['PATH']}", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [(["pau"], ["pause"]), (["dlq", "re"], ["redrive"]), (["status", "--wa"], ["--watch"])],
)
def test_bash_completes_commands_and_options(
    shell: dict[str, str], words: list[str], found: list[str]
) -> None:
    done = subprocess.run(
        ["bash", "-c", _TAB, "bash", *words], capture_output=True, text=True, env=shell, check=False
    )
    assert (done.stdout.split(), done.stderr) == (found, "")


def test_the_operators_commands_need_no_more_than_the_extra_cli() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    names = {extra: {canonical(each) for each in needs} for extra, needs in extras.items()}
    others = (names["admission"] | names["local"] | names["tune"]) - names["cli"] - {"mcp-jobs"}
    missing = sorted(
        module for module, found in packages_distributions().items() if set(map(canonical, found)) & others
    )
    assert missing
    program = f"""
import sys, pkgutil, importlib
sys.modules.update(dict.fromkeys({missing!r}))
from mcp_jobs.entrypoints import operator
for module in pkgutil.iter_modules(operator.__path__, "mcp_jobs.entrypoints.operator."):
    importlib.import_module(module.name)
"""
    subprocess.run([sys.executable, "-c", program], env=environment(), check=True)


def canonical(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return found[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_says_what_its_exit_codes_mean(name: str) -> None:
    told = re.findall(r"^Exit (\d+)  +\S", NAMES[name].help or "", re.MULTILINE)
    assert len(told) >= 2
    assert told == sorted(told, key=int)


@pytest.mark.parametrize("name", [name for name in NAMES if name.split()[-1] not in SILENT])
def test_every_command_with_results_has_them_as_json(name: str) -> None:
    assert "--json" in options(NAMES[name])


def options(command: Any) -> set[str]:
    return {opt for param in command.params for opt in param.opts}
