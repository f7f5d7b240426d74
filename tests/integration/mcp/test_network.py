"""Where servers at URLs may be, told by real connections."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest

from integration.kubernetes.certificates import Authority
from integration.mcp.harness import call, http, run
from integration.mcp.hostile_http import Hostile, hostile
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.core.allow import parse_allow
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.servers import Transport


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a hostile server."""
    with hostile() as number:
        yield number


def under(surroundings: Surroundings, *urls: str, api_server: str = "") -> Surroundings:
    """The surroundings with these rules for URLs, and no others."""
    return replace(surroundings, allow=parse_allow({"urls": list(urls)}), api_server=api_server)


def failure(surroundings: Surroundings, url: str, **fields: Any) -> Failure:
    """Why a server at a URL fails."""
    found = run(surroundings, [http("far", url, **fields)]).failure
    assert found is not None
    return found


def test_a_name_that_leads_to_a_loopback_address_needs_that_address_in_its_rule(
    surroundings: Surroundings, modern_url: str
) -> None:
    host = f"http://localhost:{urlsplit(modern_url).port}"
    found = failure(under(surroundings, host), f"{host}/mcp")
    assert (found.kind, found.retriable) == (FailureClass.REFUSED, False)
    assert "is refused: localhost is at " in found.message
    assert "a loopback address, which its rule does not list; write " in found.message

    report = run(
        under(surroundings, f"{host} 127.0.0.1"), [http("m", f"{host}/mcp")], [call("m", "add", a=20, b=22)]
    )
    assert report.failure is None
    assert (report.calls[0].result or {})["structuredContent"] == {"result": 42}


def test_a_rule_with_an_address_lists_it(surroundings: Surroundings, modern_url: str) -> None:
    report = run(under(surroundings, modern_url), [http("m", modern_url)])
    assert report.failure is None


def test_the_api_server_is_refused_unless_it_is_named(surroundings: Surroundings, modern_url: str) -> None:
    host = f"http://localhost:{urlsplit(modern_url).port}"
    wide = under(surroundings, f"{host} 127.0.0.0/8", api_server="127.0.0.1")
    assert "localhost is at 127.0.0.1, the Kubernetes API server" in failure(wide, f"{host}/mcp").message
    named = under(surroundings, f"{host} 127.0.0.1", api_server="127.0.0.1")
    assert run(named, [http("m", f"{host}/mcp")]).failure is None


def test_a_name_is_looked_up_once_for_a_connection_and_what_was_judged_is_what_is_connected_to(
    surroundings: Surroundings, modern_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attacker's DNS answers anew each time: first with what a rule lists, then with something else."""
    port = urlsplit(modern_url).port
    answers = iter(["127.0.0.1"])
    looked_up: list[str] = []
    real = anyio.getaddrinfo

    async def dns(host: str, *args: Any, **options: Any) -> Any:
        looked_up.append(host)
        return await real(
            next(answers, "169.254.169.254") if host == "rebind.test" else host, *args, **options
        )

    monkeypatch.setattr(anyio, "getaddrinfo", dns)
    found = failure(
        under(surroundings, f"http://rebind.test:{port} 127.0.0.1"), f"http://rebind.test:{port}/mcp"
    )
    # The first request arrived where the first answer led to; the second one was judged anew.
    assert "rebind.test is at 169.254.169.254, a link-local address" in found.message
    assert looked_up.count("rebind.test") == 2


@pytest.mark.parametrize(("name", "fails"), [("localhost", False), ("other.test", True), ("127.0.0.1", True)])
def test_a_certificate_is_for_the_name_though_the_connection_is_made_to_its_address(
    surroundings: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fails: bool
) -> None:
    authority = Authority(tmp_path / "tls")
    pair = authority.issue("server", name)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.cert))
    with hostile(pair) as number:
        url = f"https://localhost:{number}"
        found = failure(under(surroundings, f"{url} 127.0.0.1"), f"{url}/mcp/deep")
        asked = list(Hostile.asked)
    assert ("certificate" in found.message.lower()) is fails
    assert (asked == []) is fails


@pytest.mark.parametrize("path", ["/mcp/302", "/mcp/307"])
def test_a_redirect_to_the_metadata_of_the_cloud_is_not_followed(
    surroundings: Surroundings, port: int, path: str
) -> None:
    found = failure(under(surroundings, f"http://127.0.0.1:{port}"), f"http://127.0.0.1:{port}{path}")
    assert "(it leads elsewhere, and is not followed" in found.message
    assert not found.retriable


def test_a_redirect_within_the_host_ends_where_the_rule_ends(surroundings: Surroundings, port: int) -> None:
    found = failure(under(surroundings, f"http://127.0.0.1:{port}/mcp"), f"http://127.0.0.1:{port}/mcp/inner")
    assert found.kind is FailureClass.REFUSED
    assert (
        f"it leads to http://127.0.0.1:{port}/admin, which no rule in runner.allow.urls allows"
        in found.message
    )
    assert not any("/admin" in line for line in Hostile.asked)


@pytest.mark.parametrize("path", ["/mcp/sse-away", "/mcp/sse-out"])
def test_an_sse_endpoint_elsewhere_gets_no_message(surroundings: Surroundings, port: int, path: str) -> None:
    found = failure(
        under(surroundings, f"http://127.0.0.1:{port}/mcp"),
        f"http://127.0.0.1:{port}{path}",
        transport=Transport.SSE,
        timeout_seconds=20,
    )
    assert not any("/admin" in line or line.startswith("POST") for line in Hostile.asked)
    if path == "/mcp/sse-out":
        assert "/admin, which no rule in runner.allow.urls allows" in found.message


@pytest.mark.parametrize(
    ("path", "transport", "words"),
    [
        ("/mcp/huge", Transport.STREAMABLE_HTTP, "sent an answer longer than 16 MiB"),
        ("/mcp/sse-huge", Transport.SSE, "sent an answer longer than 16 MiB"),
        ("/mcp/gzip", Transport.STREAMABLE_HTTP, "sent an answer encoded as 'gzip'"),
        ("/mcp/deep", Transport.STREAMABLE_HTTP, "answered 500"),
        ("/mcp/nested", Transport.STREAMABLE_HTTP, ""),
    ],
)
def test_an_answer_of_any_size_or_depth_is_a_failure_and_no_more(
    surroundings: Surroundings, port: int, path: str, transport: Transport, words: str
) -> None:
    found = failure(
        under(surroundings, f"http://127.0.0.1:{port}"), f"http://127.0.0.1:{port}{path}", transport=transport
    )
    assert words in found.message
    assert found.kind is not FailureClass.INTERNAL
    assert len(found.message) < 2000
