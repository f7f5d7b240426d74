"""The page's headers, and by which names it may be asked for."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from starlette.requests import Request

from mcp_jobs.adapters.web import WebServer, listen
from mcp_jobs.local.ports import LOOPBACK
from mcp_jobs.page.site import page_app

STATE = '{"problems":["</script>"]}'


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    async def paint(request: Request) -> bytes:
        return STATE.encode()

    sock, web = listen(0, LOOPBACK), WebServer()
    web.add(page_app(paint, ["jobs.example.com"]), sock)
    web.start()
    yield f"http://{LOOPBACK}:{sock.getsockname()[1]}"
    web.stop()


def ask(url: str, host: str = "localhost", method: str = "GET") -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(url, headers={"Host": host}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


@pytest.mark.parametrize("path", ["/", "/state"])
def test_nothing_but_the_pages_own_script_and_style_may_run(url: str, path: str) -> None:
    status, headers, _ = ask(url + path)
    assert status == 200
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].startswith("'sha256-")
    assert "unsafe" not in headers["content-security-policy"]
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


def test_the_html_is_whole_and_loads_nothing(url: str) -> None:
    _, headers, html = ask(url)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"(?:src|href)=\"?([^\" >]*)", html) == ["data:,"]
    assert "/*style*/" not in html
    assert "/*script*/" not in html
    assert html.count("</script>") == 1
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", html)


def test_the_state_is_json_whatever_it_holds(url: str) -> None:
    _, headers, body = ask(f"{url}/state")
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == json.loads(STATE)


@pytest.mark.parametrize(
    "host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "jobs.example.com", "JOBS.example.com:1"]
)
def test_names_of_this_page_are_answered(url: str, host: str) -> None:
    assert ask(f"{url}/state", host)[0] == 200


@pytest.mark.parametrize("host", ["rebound.example.com", "localhost.example.com", "www.jobs.example.com", ""])
def test_a_name_that_somebody_pointed_here_is_refused(url: str, host: str) -> None:
    status, _, body = ask(f"{url}/state", host)
    assert (status, body) == (400, "Invalid host header")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_can_only_be_read(url: str, method: str) -> None:
    assert ask(f"{url}/state", method=method)[0] == 405
