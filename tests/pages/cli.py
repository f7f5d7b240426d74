"""docs/cli.md, from the commands themselves.

python -m pages.cli           writes it
python -m pages.cli --check   fails if it is not what would be written
"""

import sys
from collections.abc import Iterator
from enum import EnumType
from pathlib import Path
from textwrap import indent
from typing import Any

from rich.text import Text
from typer.main import get_command

from mcp_jobs import settings
from mcp_jobs.entrypoints.commands import app
from mcp_jobs.entrypoints.settings_help import variables

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
_HEAD = """\
# Commands

`mcp-jobs --help` and `mcp-jobs COMMAND --help` say the same in a terminal. Where an option names a variable,
that may be set instead. Logins of Kafka are [variables](#kafka_-variables) only: see
[Kafka: logins, TLS, ACLs](kafka-security.md). This page is written by `scripts/cli-docs`.

## Exit codes

| code | meaning; what more there is to it stands with each command |
|---|---|
| 0 | done |
| 1 | the answer is no, or Kafka or Kubernetes did not do it; standard error says why |
| 2 | an option, a file or a setting is wrong; nothing was done |
| 130 | Ctrl-C; 128 and the signal's number for other signals |

## Completion

`mcp-jobs --install-completion` has the shell complete commands and options with the Tab key, from the next
shell on; `mcp-jobs --show-completion` prints the script, to be put elsewhere. It knows bash, zsh, fish and
PowerShell.

## All commands
"""
_TABLE = "|---|---|"
_KEPT = "\b\n"


def page() -> str:
    """The whole page."""
    found = list(commands(get_command(app), "mcp-jobs"))
    kinds = dict.fromkeys(kind for _, command in found for kind in getattr(command, "settings", ()))
    return "\n".join([_HEAD, _index(found), *(_command(*each) for each in found), *map(_variables, kinds)])


def commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """(full name, command) in the order of `--help`."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        elif not command.hidden:
            yield f"{prefix} {name}", command


def _index(found: list[tuple[str, Any]]) -> str:
    rows = (
        f"| [`{name}`](#{_anchor(name)}) | {_cell(_paragraphs(command.help)[0])} |" for name, command in found
    )
    return "\n".join(["| command | what it does |", _TABLE, *rows, ""])


def _command(name: str, command: Any) -> str:
    parts = [
        f"## `{name}`\n",
        f"    {_usage(name, command.params)}\n",
        *(f"{text}\n" for text in _paragraphs(command.help)),
    ]
    if command.params:
        rows = (f"| {_name(param)} | {_meaning(param)} |" for param in command.params)
        parts += ["| argument, option | what it is |", _TABLE, *rows, ""]
    if kinds := getattr(command, "settings", ()):
        links = ", ".join(f"[`{_prefix(kind)}`](#{_prefix(kind).lower()}-variables)" for kind in kinds)
        parts.append(f"Set by variables: {links}.\n")
    return "\n".join(parts)


def _usage(name: str, params: list[Any]) -> str:
    metavars = (f"{p.metavar.removesuffix('...')}{'...' * (p.nargs < 0)}" for p in params if _is_argument(p))
    return " ".join([name, "[OPTIONS]", *metavars])


def _paragraphs(text: str) -> list[str]:
    """Those after a \\b keep their lines: they are examples."""
    return [
        indent(paragraph.removeprefix(_KEPT), "    ") if paragraph.startswith(_KEPT) else _plain(paragraph)
        for paragraph in text.split("\n\n")
    ]


def _name(param: Any) -> str:
    if _is_argument(param):
        return f"`{param.metavar}`"
    name = " / ".join(
        ", ".join(f"`{opt}`" for opt in opts) for opts in (param.opts, param.secondary_opts) if opts
    )
    return name if param.is_flag else f"{name} `{_cell(param.metavar or _values(param))}`"


def _values(param: Any) -> str:
    """What stands for the value of an option that gives it no name."""
    annotation = param.type_descriptor.annotation
    [kind] = getattr(annotation, "__args__", (annotation,))
    return "|".join(kind) if isinstance(kind, EnumType) else "N"


def _meaning(param: Any) -> str:
    parts = [_cell(param.help or ""), f"Variable: `{param.envvar}`." if param.envvar else ""]
    if isinstance(param.show_default, str):
        parts.append(f"[default: {param.show_default}]")
    elif param.show_default and not isinstance(param.default, bool) and param.default not in (None, ""):
        parts.append(f"[default: {param.default}]")
    return " ".join(filter(None, parts))


def _variables(kind: str) -> str:
    rows = (f"| `{name}` | {_cell(text.markup)} |" for name, text in variables(getattr(settings, kind)))
    return "\n".join([f"## `{_prefix(kind)}` variables\n", "| variable | what it is |", _TABLE, *rows, ""])


def _prefix(kind: str) -> str:
    return str(getattr(settings, kind).model_config["env_prefix"])


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _is_argument(param: Any) -> bool:
    return bool(param.param_type_name == "argument")


def _plain(markup: str) -> str:
    return " ".join(Text.from_markup(markup).plain.split())


def _cell(markup: str) -> str:
    return _plain(markup).replace("|", r"\|").replace("<", "&lt;")


def main(arguments: list[str]) -> int:
    new = page()
    if "--check" in arguments:
        return int(PAGE.read_text(encoding="utf-8") != new)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
