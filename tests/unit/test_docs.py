"""The documentation is right: links lead somewhere, the tests it names exist, what is generated is fresh."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pages import cli
from pages.markdown import PAGES, ROOT, Link, anchors, links

SECURITY = ROOT / "docs" / "security.md"
_TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)(?:::(?P<name>\w+))?`")


@pytest.mark.parametrize("link", [link for page in PAGES for link in links(page)], ids=str)
def test_a_link_leads_to_a_file_and_a_heading_of_it(link: Link) -> None:
    assert link.file.exists()
    if link.anchor:
        assert link.anchor in anchors(link.file)


def test_links_and_headings_are_found() -> None:
    targets = {link.target for link in links(ROOT / "README.md")}
    assert {"docs/how-it-works.md", "charts/mcp-jobs/README.md"} <= targets
    assert "https://modelcontextprotocol.io" not in targets
    assert {"how-it-works", "the-pod"} <= anchors(ROOT / "docs" / "how-it-works.md")


def rows() -> list[str]:
    """Those of the table of threats."""
    table = SECURITY.read_text(encoding="utf-8").partition("| threat |")[2].partition("\n\n")[0]
    return table.splitlines()[2:]


@pytest.mark.parametrize("row", rows())
def test_every_threat_has_a_test_that_exists(row: str) -> None:
    named = list(_TEST.finditer(row))
    assert named
    for test in named:
        source = (ROOT / test["file"]).read_text(encoding="utf-8")
        assert re.search(rf"^(?:async )?def {test['name'] or 'test_'}", source, re.MULTILINE), test.group()


def test_the_reference_of_commands_is_what_the_commands_say() -> None:
    assert cli.page() == cli.PAGE.read_text(encoding="utf-8"), "run scripts/cli-docs"


def test_the_reference_has_every_command_and_its_variables() -> None:
    text = cli.PAGE.read_text(encoding="utf-8")
    for name in ("init", "dlq redrive", "local run", "tune", "admission"):
        assert f"\n## `mcp-jobs {name}`\n" in text
    assert "| `KAFKA_BROKERS` |" in text


def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        loaded = re.findall(
            r"<(?:script|link|img)[^>]*?(?:src|href)=\"(?:https?:)?//[^\"]*", page.read_text("utf-8")
        )
        assert loaded == [], page
