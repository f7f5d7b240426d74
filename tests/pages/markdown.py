"""What is in a page of Markdown: its links, its headings, the blocks that are marked to be run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: every page that people read, the generated ones too
PAGES = (
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "charts" / "mcp-jobs" / "README.md",
    ROOT / "examples" / "README.md",
)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?: {4}.*\n|\n(?= {4}))+")
_LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *$", re.MULTILINE)
_RUN = re.compile(r"<!-- run -->\n\n(?P<block>(?: {4}.*\n|\n(?= {4}))+)")


@dataclass(frozen=True)
class Link:
    """A link to `target` on `page`, both as they are in the repository."""

    page: Path
    target: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.target}"

    @property
    def file(self) -> Path:
        """Where it leads."""
        name = self.target.partition("#")[0]
        return (self.page.parent / name).resolve() if name else self.page

    @property
    def anchor(self) -> str:
        """The heading it leads to, if any."""
        return self.target.partition("#")[2]


def links(page: Path) -> Iterator[Link]:
    """The links within the repository. What stands in code is none."""
    for match in _LINK.finditer(_prose(page)):
        if not re.match(r"[a-z]+:", match["target"]):
            yield Link(page, match["target"])


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as Git hosts make them."""
    names: set[str] = set()
    for match in _HEADING.finditer(_prose(page)):
        name = stem = re.sub(r"[^\w\- ]", "", match["text"].lower()).replace(" ", "-")
        again = 0
        while name in names:
            again += 1
            name = f"{stem}-{again}"
        names.add(name)
    return names


def runnable(page: Path) -> list[str]:
    """The blocks below `<!-- run -->`: lines of a shell."""
    blocks = (match["block"] for match in _RUN.finditer(page.read_text(encoding="utf-8")))
    return ["\n".join(line.removeprefix("    ") for line in block.splitlines()) for block in blocks]


def _prose(page: Path) -> str:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return _INDENTED.sub("", text)
