"""MkDocs' hook: pages from outside of docs/ are part of the site, and links lead there."""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

#: page of the site -> file of the repository
OUTSIDE = {
    "index.md": "README.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "SECURITY.md": "SECURITY.md",
    "charts/mcp-jobs/README.md": "charts/mcp-jobs/README.md",
    "examples/README.md": "examples/README.md",
}
_PAGE_OF = {file: page for page, file in OUTSIDE.items()}
_LINK = re.compile(r"\[(?P<text>(?:[^\]\[]|\[[^\]]*\])*)\]\((?P<name>[^)\s:#]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside."""
    root = Path(config.config_file_path).parent
    for page, file in OUTSIDE.items():
        files.append(File.generated(config, page, abs_src_path=str(root / file)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Have links lead to the page of the site; of those to other files of the repository the text stays."""
    root = Path(config.config_file_path).parent
    source = page.file.src_uri
    here = posixpath.dirname(OUTSIDE.get(source, f"docs/{source}"))

    def replaced(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(here, match["name"]))
        target = _PAGE_OF.get(target, target.removeprefix("docs/"))
        if files.get_file_from_path(target) is None:
            return match["text"] if (root / target).exists() else match.group()
        relative = posixpath.relpath(target, posixpath.dirname(source) or ".")
        return f"[{match['text']}]({relative}{match['anchor'] or ''})"

    return _LINK.sub(replaced, markdown)
