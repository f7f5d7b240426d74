"""The token of a file, over the life of a connection."""

from pathlib import Path

import anyio
import httpx2
import pytest

from mcp_jobs.adapters.mcp.auth import Login, login_of
from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.core.servers import Server, TokenFile, Transport


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """The file the token is in."""
    path = tmp_path / "token"
    path.write_text("first-token\n", encoding="utf-8")
    return path


def login(root: Path) -> Login:
    server = Server(
        name="s", transport=Transport.STREAMABLE_HTTP, url="https://h/mcp", auth=TokenFile("token")
    )
    found = login_of(server, root)
    assert found is not None
    return found


def sent(by: Login) -> str:
    """The header that a request goes out with."""

    async def ask() -> str:
        request = httpx2.Request("POST", "https://h/mcp")
        async for step in by.async_auth_flow(request):
            assert not Login.owns(step)
        return str(request.headers["Authorization"])

    return anyio.run(ask)


def test_a_token_that_was_rotated_is_sent_with_the_next_request(token: Path) -> None:
    by = login(token.parent)
    assert sent(by) == "Bearer first-token"
    token.write_text("second-token", encoding="utf-8")
    assert sent(by) == "Bearer second-token"


def test_a_token_that_is_gone_is_said_so_until_it_is_back(token: Path) -> None:
    by = login(token.parent)
    token.unlink()
    with pytest.raises(Fault, match=r"auth\.tokenFile 'token', which can't be read"):
        sent(by)
    fault = by.trouble("")
    assert fault is not None
    assert "No such file" in fault.what
    token.write_text("back-again", encoding="utf-8")
    assert sent(by) == "Bearer back-again"
    assert by.trouble("") is None
