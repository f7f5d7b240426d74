"""docs/cli.md, from the commands themselves.

python -m pages.cli           writes it
python -m pages.cli --check   fails if it is not what would be written
"""

import sys
from collections.abc import Iterator
from enum import EnumType
from pathlib import Path
from typing import Any

from rich.text import Text
from typer.main import get_command

from mcp_jobs import settings
from mcp_jobs.entrypoints.commands import app
from mcp_jobs.entrypoints.settings_help import variables

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
_HEAD = """\
# Commands

`mcp-jobs --help` and `mcp-jobs COMMAND --help` say the same in a terminal. Where an option names a variable, the variable
does as well. Logins of Kafka are variables only: [Kafka: logins, TLS, ACLs](kafka-security.md).

This page is written by `scripts/cli-docs`.
"""
#: a paragraph of a help text after this is to keep its lines
_KEEP = "\b\n"


def page() -> str:
    """The whole page."""
    root: Any = get_command(app)
    found = list(_commands(root, "mcp-jobs"))
    rows = [f"| [`{name}`](#{_anchor(name)}) | {_cell(_first(command.help))} |" for name, command in found]
    index = "\n".join(["| command | what it does |", "|---|---|", *rows, ""])
    return "\n".join([_HEAD, index, *(_section(name, command) for name, command in found)])


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """(full name, command) in the order of `--help`."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix} {name}")
        elif not command.hidden:
            yield f"{prefix} {name}", command


def _section(name: str, command: Any) -> str:
    usage = " ".join(
        [name, "[OPTIONS]", *(p.metavar + "..." * (p.nargs < 0) for p in command.params if _is_argument(p))]
    ).replace("......", "...")
    parts = [f"## `{name}`\n", *_paragraphs(command.help), f"    {usage}\n", *_table(command.params)]
    names = getattr(command, "settings", ())
    if names:
        parts += ["| variable | what it is |", "|---|---|"]
        found = (pair for each in names for pair in variables(getattr(settings, each)))
        parts += [*(f"| `{variable}` | {_cell(text.plain)} |" for variable, text in found), ""]
    return "\n".join(parts)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        if paragraph.startswith(_KEEP):
            lines = paragraph.removeprefix(_KEEP).splitlines()
            yield "\n".join(f"    {line}" for line in lines) + "\n"
        else:
            yield _plain(paragraph) + "\n"


def _table(params: list[Any]) -> Iterator[str]:
    if not params:
        return
    yield "| argument, option | what it is |"
    yield "|---|---|"
    for param in params:
        notes = [f"Variable: `{param.envvar}`."] if param.envvar else []
        notes += [f"Default: `{default}`."] if (default := _default(param)) else []
        yield f"| {_name(param)} | {' '.join([_cell(_plain(param.help or '')), *notes]).strip()} |"
    yield ""


def _name(param: Any) -> str:
    if _is_argument(param):
        return f"`{param.metavar}`"
    names = " / ".join(f"`{'`, `'.join(names)}`" for names in (param.opts, param.secondary_opts) if names)
    kind = "" if param.is_flag else _cell(param.metavar or _choices(param.type_descriptor.annotation))
    return f"{names} `{kind}`" if kind else names


def _choices(kind: Any) -> str:
    """What stands for a value of a type."""
    [kind] = getattr(kind, "__args__", None) or [kind]
    return "|".join(kind) if isinstance(kind, EnumType) else "N"


def _default(param: Any) -> str:
    if isinstance(param.show_default, str):
        return param.show_default
    if param.is_flag if not _is_argument(param) else True:
        return ""
    if not param.show_default or param.default in (None, "", ()):
        return ""
    return str(param.default)


def _is_argument(param: Any) -> bool:
    return bool(param.param_type_name == "argument")


def _first(text: str) -> str:
    return _plain(text.split("\n\n")[0])


def _plain(text: str) -> str:
    return " ".join(Text.from_markup(text).plain.split())


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;")


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def main(arguments: list[str]) -> int:
    new = page()
    if "--check" in arguments:
        return int(PAGE.read_text(encoding="utf-8") != new)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
