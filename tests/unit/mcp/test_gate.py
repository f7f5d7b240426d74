"""What a message may have: the gate says no in one sentence, for good."""

import pytest

from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.gate import admit
from mcp_jobs.core.allow import NOTHING, Allow, parse_allow
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.servers import Server, Transport

RULES = parse_allow({"commands": ["c"]})


def entry(key: str) -> Server:
    """A server whose entry sets one variable."""
    return Server(name="s", transport=Transport.STDIO, command="c", env={key: "hunter2"})


def refusal(server: Server, allow: Allow) -> str:
    """Why a server is refused."""
    with pytest.raises(Fault) as caught:
        admit(server, allow)
    assert (caught.value.kind, caught.value.retriable) == (FailureClass.REFUSED, False)
    return caught.value.what


def test_nothing_is_allowed_by_itself() -> None:
    assert refusal(Server(name="s", transport=Transport.STDIO, command="c"), NOTHING) == (
        'is refused: no rule allows its command; add "c" to runner.allow.commands'
    )


@pytest.mark.parametrize(
    "key",
    [
        "PATH", "path", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "HOME", "XDG_CONFIG_HOME", "LD_PRELOAD",
        "LD_AUDIT",
        "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "GLIBC_TUNABLES", "NODE_OPTIONS", "NODE_PATH",
        "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_EXTRA_CA_CERTS", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME",
        "PYTHONWARNINGS", "PYTHONBREAKPOINT", "PERL5OPT", "RUBYOPT", "GIT_SSH", "GIT_SSH_COMMAND",
        "GIT_CONFIG_COUNT",
        "GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_SSL_NO_VERIFY", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS",
        "OPENSSL_CONF",
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "UV_INDEX_URL",
        "UV_DEFAULT_INDEX", "UV_PYTHON", "PIP_INDEX_URL", "NPM_CONFIG_REGISTRY", "npm_config_registry",
        "npm_config_node_options", "BUN_CONFIG_REGISTRY", "DENO_DIR", "DOTNET_STARTUP_HOOKS",
        "CLASSPATH", "LUA_INIT",
        "KUBERNETES_SERVICE_HOST", "SSH_AUTH_SOCK", "PAGER", "EDITOR",
    ],
)  # fmt: skip
def test_variables_that_change_what_runs_are_refused_without_showing_their_value(key: str) -> None:
    what = refusal(entry(key), RULES)
    assert f"sets {key!r} in env" in what
    assert f'add "{key}" to runner.allow.env' in what
    assert "hunter2" not in what
    admit(entry(key), parse_allow({"commands": ["c"], "env": [key]}))


def test_a_rule_may_list_the_beginning_of_names() -> None:
    allow = parse_allow({"commands": ["c"], "env": ["GIT_*"]})
    admit(entry("GIT_DIR"), allow)
    refusal(entry("git_dir"), allow)


@pytest.mark.parametrize(
    "key",
    [
        "API_KEY",
        "MY_PATH",
        "PATHS",
        "ENVIRONMENT",
        "PYTHONUNBUFFERED",
        "GIT_AUTHOR_NAME",
        "NODE_ENV",
        "spring.x",
    ],
)
def test_other_variables_pass(key: str) -> None:
    admit(entry(key), RULES)


@pytest.mark.parametrize(
    "key", ["", "A=B", "A\0B", "A B", "\u0420ATH", "LD_PRELOAD\n", "BASH_FUNC_ls%%", "A" * 200]
)
def test_names_no_variable_can_have_are_refused_even_where_everything_is_allowed(key: str) -> None:
    for allow in (RULES, Allow(everything=True)):
        assert "name can't be a variable's" in refusal(entry(key), allow)
