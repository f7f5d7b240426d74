"""The chart's README: its table of values comes from the comments of values.yaml.

python -m chart.readme           writes it
python -m chart.readme --check   fails if it is not what would be written
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chart.render import CHART

_BEGIN, _END = "<!-- values: begin -->\n", "<!-- values: end -->\n"
_KEY = re.compile(r"^(?P<indent> *)(?P<key>[\w-]+):(?P<rest>.*)$")


@dataclass(frozen=True)
class Value:
    """A value that values.yaml describes."""

    path: tuple[str, ...]
    description: str
    default: Any

    @property
    def name(self) -> str:
        return ".".join(self.path)


def described(text: str) -> Iterator[Value]:
    """The values with a `# --` comment, in their order."""
    defaults = yaml.safe_load(text)
    path: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("# -- "):
            comment = [stripped.removeprefix("# -- ")]
        elif stripped.startswith("#") and comment:
            comment.append(stripped.removeprefix("#").strip())
        elif match := _KEY.match(line):
            indent = len(match["indent"])
            path = [*(part for part in path if part[0] < indent), (indent, match["key"])]
            if comment:
                names = tuple(name for _, name in path)
                yield Value(names, " ".join(comment), _at(defaults, names))
            comment = []
        else:
            comment = []


def _at(values: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        values = values[name]
    return values


def table(text: str) -> str:
    """A Markdown table for each top-level group, and one for the keys outside of groups."""
    groups: dict[str, list[Value]] = {}
    for value in described(text):
        groups.setdefault(value.path[0] if len(value.path) > 1 else "", []).append(value)
    return "\n".join(_section(group, values) for group, values in groups.items())


def _section(group: str, values: list[Value]) -> str:
    title = f"### `{group}`" if group else "### General"
    rows = [
        f"| `{value.name}` | {_cell(value.description)} | {_default(value.default)} |" for value in values
    ]
    return "\n".join([title, "", "| key | what it is | default |", "|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;")


def _default(value: Any) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace("|", r"\|")


def with_table(readme: str, text: str) -> str:
    """The README with the table of these values."""
    before, _, rest = readme.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table(text)}\n{_END}{after}"


def main(arguments: list[str]) -> int:
    readme = CHART / "README.md"
    old = readme.read_text(encoding="utf-8")
    new = with_table(old, Path(CHART / "values.yaml").read_text(encoding="utf-8"))
    if "--check" in arguments:
        return int(old != new)
    readme.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
