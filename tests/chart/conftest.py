"""Tests of the chart run the real Helm. It is found or built before the first of them."""

import pytest

from chart.render import EXAMPLES, Object, Refused, helm_path, render


@pytest.fixture(scope="session", autouse=True)
def helm_binary() -> str:
    try:
        return helm_path()
    except Refused as refused:
        pytest.fail(str(refused), pytrace=False)


@pytest.fixture(params=(*EXAMPLES, None), ids=lambda file: file.stem if file else "defaults")
def scaled_jobs(request: pytest.FixtureRequest) -> list[Object]:
    release = render(None, request.param) if request.param else render()
    found = release.of_kind("ScaledJob")
    assert found
    return found
