"""The page's web application: one HTML file without anything from elsewhere, and the JSON it asks for."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

#: names by which a browser may ask. One that somebody else points at this address is none of them, so that no
#: page of theirs reads ours (DNS rebinding)
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]", "::1")

Ask = Callable[[Request], Awaitable[bytes]]


def page_app(picture: Ask, hosts: Sequence[str] = ()) -> Starlette:
    """The application. `picture` gives Picture.to_json() for a request; `hosts` are more of those names."""
    html, policy = _page()
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }

    async def page(request: Request) -> Response:
        return Response(html, media_type="text/html", headers=headers)

    async def state(request: Request) -> Response:
        return Response(await picture(request), media_type="application/json", headers=headers)

    names = [*_LOCAL_HOSTS, *hosts]
    only_these = Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)
    return Starlette(routes=[Route("/", page), Route("/state", state)], middleware=[only_these])


@cache
def _page() -> tuple[str, str]:
    """The HTML, and a Content-Security-Policy that lets its own style and script run and nothing else."""
    assets = files("mcp_jobs.page") / "assets"
    style, script = (_read(assets / name) for name in ("page.css", "page.js"))
    html = _read(assets / "page.html").replace("/*style*/", style).replace("/*script*/", script)
    policy = (
        "default-src 'none'",
        f"script-src '{_digest(script)}'",
        f"style-src '{_digest(style)}'",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
    return html, "; ".join(policy)


def _read(asset: Traversable) -> str:
    return asset.read_text(encoding="utf-8").strip()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
