"""Variables that a message sets for its servers: which of them an installation has to list first."""

import re
from collections.abc import Iterable

from mcp_jobs.core.errors import AllowError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_RULE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\*?")

# What makes a loader, shell, interpreter, package runner or git run other code than the command says, take
# it from elsewhere, or read other settings. Where few are harmless, those are named and the rest is refused.
_RISKY = re.compile(
    r"PATH|IFS|ENV|HOME|SHELL|SHELLOPTS|BASHOPTS|BASH_.*|ZDOTDIR|PS[0-4]|PROMPT_COMMAND|CDPATH|GLOBIGNORE|FPATH"
    r"|LD_.*|DYLD_.*|GLIBC_TUNABLES|GCONV_PATH|GETCONF_DIR|LOCPATH|NLSPATH|NIS_PATH|TZDIR|MALLOC_.*"
    r"|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|RESOLV_HOST_CONF|XDG_(CONFIG|DATA|STATE|CACHE)_.*"
    r"|OPENSSL_.*|SSL_CERT_.*|SSLKEYLOGFILE|REQUESTS_CA_BUNDLE|CURL_.*|AWS_CA_BUNDLE|(HTTPS?|ALL|NO|FTP|WSS?)_PROXY"
    r"|NODE_(?!(ENV|DEBUG|NO_WARNINGS|DISABLE_COLORS)\Z).*|ELECTRON_RUN_AS_NODE|TS_NODE_.*"
    r"|(NPM|PNPM|YARN|BUN|DENO|COREPACK|VOLTA|NVM|UV|PIP|PIPX|POETRY|CONDA|HATCH|PDM|RYE|BUNDLE|GEM|CARGO)_.*"
    r"|RUSTC.*|RUSTFLAGS|GO(FLAGS|PROXY|ROOT|PATH|ENV|BIN|TOOLCHAIN|NOSUMDB|PRIVATE|INSECURE)|CC|CXX|MAKEFLAGS"
    r"|VIRTUAL_ENV|PERL.*|RUBY.*|LUA_.*|PHPRC|PHP_INI_SCAN_DIR|R_(PROFILE|ENVIRON).*|JULIA_.*|CLASSPATH"
    r"|(JAVA|JDK)_.*|_JAVA_OPTIONS|DOTNET_.*|COR(ECLR)?_.*"
    r"|PYTHON(?!(UNBUFFERED|IOENCODING|UTF8|DONTWRITEBYTECODE|FAULTHANDLER|HASHSEED)\Z).*"
    r"|GIT_(?!((AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)|TERMINAL_PROMPT)\Z).*"
    r"|EDITOR|VISUAL|PAGER|MANPAGER|LESS(OPEN|CLOSE)|BROWSER|SSH_.*|SUDO_.*|DOCKER_.*|KUBECONFIG|KUBERNETES_.*",
    re.IGNORECASE | re.ASCII | re.DOTALL,  # npm and curl read theirs in any case
)


def read_env(text: str) -> str:
    """The rule: a name, or the beginning of names and a `*`. Raises AllowError."""
    if not _RULE.fullmatch(text):
        raise AllowError("expected a variable's name, or the beginning of one and a *")
    return text


def usable_name(name: str) -> bool:
    """Whether a variable can have this name: a shell's, with dots and dashes as well."""
    return _NAME.fullmatch(name) is not None


def risky_name(name: str, listed: Iterable[str]) -> bool:
    """Whether a variable changes what a command runs, and no rule lists it."""
    return _RISKY.fullmatch(name) is not None and not any(_fits(name, rule) for rule in listed)


def _fits(name: str, rule: str) -> bool:
    return name.startswith(rule[:-1]) if rule.endswith("*") else name == rule
