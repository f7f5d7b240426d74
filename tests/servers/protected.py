"""An MCP server behind OAuth and its authorization server, on one port: `protected.py PORT [option]`.

The client is `app` with the secret in SECRET. Options: --issuer=URL names another authorization server;
--no-metadata hides this one's metadata; --hang leaves the callers of the token endpoint waiting;
--static-token=FILE takes the token in FILE, and no other.
"""

import argparse
import asyncio
import base64
import os
import secrets
import time
from pathlib import Path
from urllib.parse import unquote

import uvicorn
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import Context, MCPServer
from pydantic import AnyHttpUrl
from starlette.requests import Request
from starlette.responses import JSONResponse

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--issuer")
parser.add_argument("--no-metadata", action="store_true")
parser.add_argument("--hang", action="store_true")
parser.add_argument("--static-token", type=Path)
options = parser.parse_args()
base = f"http://127.0.0.1:{options.port}"
issued: dict[str, tuple[float, str]] = {}


class Tokens:
    async def verify_token(self, token: str) -> AccessToken | None:
        if options.static_token:
            known = secrets.compare_digest(token, options.static_token.read_text().strip())
            return AccessToken(token=token, client_id="file", scopes=["use"]) if known else None
        until, scope = issued.get(token, (0.0, ""))
        return (
            AccessToken(token=token, client_id="app", scopes=scope.split()) if until > time.time() else None
        )


server = MCPServer(
    "protected",
    token_verifier=Tokens(),
    auth=AuthSettings(
        issuer_url=AnyHttpUrl(options.issuer or base),
        resource_server_url=AnyHttpUrl(f"{base}/mcp"),
        required_scopes=["use"],
    ),
)


@server.tool()
def whoami(ctx: Context) -> dict[str, str]:
    """What the caller sent to prove who it is."""
    request = ctx.request_context.request
    assert request is not None
    return {"authorization": request.headers["authorization"]}


async def metadata(request: Request) -> JSONResponse:
    if options.no_metadata:
        return JSONResponse({}, status_code=404)
    endpoints = {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token"}
    more = {"response_types_supported": ["code"], "grant_types_supported": ["client_credentials"]}
    return JSONResponse({"issuer": f"{base}/", **endpoints, **more})


async def token(request: Request) -> JSONResponse:
    if options.hang:
        await asyncio.sleep(600)
    form = await request.form()
    login = request.headers.get("authorization", "").removeprefix("Basic ")
    name, _, secret = base64.b64decode(login).decode().partition(":")
    given = (unquote(name), unquote(secret)) if login else (form.get("client_id"), form.get("client_secret"))
    if given != ("app", os.environ["SECRET"]):
        words = f"unknown client {given[0]} with secret {given[1]}"
        return JSONResponse({"error": "invalid_client", "error_description": words}, status_code=401)
    value = f"issued-{secrets.token_urlsafe(24)}"
    issued[value] = (time.time() + 3600, str(form.get("scope", "")))
    return JSONResponse({"access_token": value, "token_type": "Bearer", "expires_in": 3600})


server.custom_route("/.well-known/oauth-authorization-server", methods=["GET"])(metadata)
server.custom_route("/token", methods=["POST"])(token)
uvicorn.run(server.streamable_http_app(), host="127.0.0.1", port=options.port, log_level="info")
