"""The one place that decides whether a message may have a server at all, before anything of it is started.

Pure: what an installation allows (commands, packages, URLs) is to be asked here and nowhere else.
"""

import re

from mcp_jobs.adapters.mcp.fault import refused
from mcp_jobs.adapters.mcp.text import named
from mcp_jobs.core.servers import Server

# Variables by which a loader, shell, interpreter or git is made to run other code than the command says.
_REFUSED = re.compile(
    r"PATH|IFS|ENV|BASH_ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|CDPATH|GLOBIGNORE"
    r"|LD_.*|DYLD_.*|GLIBC_TUNABLES|GCONV_PATH|LOCPATH|OPENSSL_(CONF|MODULES|ENGINES)"
    r"|NODE_(OPTIONS|PATH)|PERL5(OPT|LIB|DB)|RUBY(OPT|LIB)|CLASSPATH|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS"
    r"|PYTHON(?!(UNBUFFERED|IOENCODING|UTF8|DONTWRITEBYTECODE|FAULTHANDLER|HASHSEED)\Z).*"
    r"|GIT_(SSH.*|CONFIG.*|EXEC_PATH|ASKPASS|EDITOR|SEQUENCE_EDITOR|PAGER|EXTERNAL_DIFF|PROXY_COMMAND|TEMPLATE_DIR)",
    re.DOTALL,
)


def admit(server: Server) -> None:
    """Let `server` pass.

    Raises:
        Fault: the message asks for what it may not have.
    """
    for key in server.env:
        if not key or "=" in key or "\0" in key:
            raise refused(f"has an env entry whose name can't be a variable's: {named(key)}")
        if _REFUSED.fullmatch(key):
            raise refused(
                f"sets {named(key)} in env, which a message may not: it changes what the command runs. "
                "Set it in the image or in an envFile"
            )
