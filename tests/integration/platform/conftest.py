"""Topics for platforms."""

import re
import uuid

import pytest


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """A topic name of the test's own; the platform creates the topic."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", request.node.name)[:80]
    return f"{stem}-{uuid.uuid4().hex[:8]}"
