"""One browser for all tests of the page, and topics for platforms."""

from collections.abc import Iterator

import pytest

from integration.page.browser import Browser, chromium
from integration.platform.conftest import topic

__all__ = ["topic"]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real one."""
    with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened
