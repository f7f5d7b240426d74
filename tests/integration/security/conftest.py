"""One Kafka with logins and ACLs for these tests."""

from collections.abc import Iterator

import pytest

from integration.security.guarded import Guarded, guarded
from integration.security.tokens import TokenServer, token_server


@pytest.fixture(scope="session")
def tokens() -> Iterator[TokenServer]:
    """The token server that the broker trusts."""
    with token_server() as server:
        yield server


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory, tokens: TokenServer) -> Iterator[Guarded]:
    """The broker. Nobody may do anything until a test allows it."""
    with guarded(tmp_path_factory.mktemp("guarded"), tokens) as kafka:
        yield kafka
