"""What a message may set in a server's environment."""

import pytest

from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.gate import admit
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.servers import Server, Transport


def entry(key: str) -> Server:
    """A server whose entry sets one variable."""
    return Server(name="s", transport=Transport.STDIO, command="c", env={key: "secret"})


@pytest.mark.parametrize(
    "key",
    [
        *(
            "PATH",
            "IFS",
            "ENV",
            "BASH_ENV",
            "BASH_FUNC_ls%%",
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "DYLD_INSERT_LIBRARIES",
        ),
        *(
            "NODE_OPTIONS",
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "PYTHONHOME",
            "PYTHONWARNINGS",
            "PERL5OPT",
            "RUBYOPT",
        ),
        *(
            "GIT_SSH",
            "GIT_SSH_COMMAND",
            "GIT_CONFIG_COUNT",
            "GIT_EXTERNAL_DIFF",
            "JAVA_TOOL_OPTIONS",
            "OPENSSL_CONF",
        ),
    ],
)
def test_variables_that_change_what_runs_are_refused_without_showing_their_value(key: str) -> None:
    with pytest.raises(Fault) as caught:
        admit(entry(key))
    assert (caught.value.kind, caught.value.retriable) == (FailureClass.REFUSED, False)
    assert repr(key) in caught.value.what
    assert "secret" not in caught.value.what


@pytest.mark.parametrize(
    "key",
    ["API_KEY", "MY_PATH", "PATHS", "ENVIRONMENT", "PYTHONUNBUFFERED", "GIT_AUTHOR_NAME", "NODE_ENV", "HOME"],
)
def test_other_variables_pass(key: str) -> None:
    admit(entry(key))


@pytest.mark.parametrize("key", ["", "A=B", "A\0B"])
def test_names_no_variable_can_have_are_refused(key: str) -> None:
    with pytest.raises(Fault, match="name can't be a variable's"):
        admit(entry(key))
