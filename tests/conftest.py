"""What every test begins with."""

from collections.abc import Iterator

import pytest

from mcp_jobs.core import redact


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests() -> Iterator[None]:
    """What one test has the process hide is an ordinary word in the next."""
    before, redact._PROCESS = redact._PROCESS, redact.Redactor()
    yield
    redact._PROCESS = before
