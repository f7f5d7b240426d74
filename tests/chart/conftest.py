"""Tests of the chart run the real Helm. It is found or built before the first of them."""

import pytest

from chart.render import Refused, helm_path


@pytest.fixture(scope="session", autouse=True)
def helm_binary() -> str:
    try:
        return helm_path()
    except Refused as refused:
        pytest.fail(str(refused), pytrace=False)
