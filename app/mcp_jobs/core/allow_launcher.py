"""Commands that run other code by their arguments: shells, interpreters, package runners, wrappers.

A wildcard in a rule for one of them could mean any code at all, so their rules are read more strictly.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

#: commands whose rules may have wildcards, with the options that take no value and bring no code
_FLAGS = {
    "npx": {"-y", "--yes", "-q", "--quiet"},
    "uvx": {"-q", "--quiet", "--offline", "--isolated", "--no-config", "--no-progress"},
    "bunx": {"--bun"},
    "python": {"-u", "-I", "-E", "-s", "-S", "-B", "-P", "-m"},
    "node": {"--no-warnings", "--enable-source-maps"},
}
#: shells, interpreters, and programs that have one in them
_INTERPRETERS = """
    sh ash bash dash zsh ksh mksh fish csh tcsh rbash pwsh powershell cmd pypy perl ruby irb php lua
    luajit tclsh expect rscript r julia groovy scala kotlin ghci osascript awk gawk mawk sed ed ex
    vi vim nvim emacs gdb
"""
#: package managers and build tools
_MANAGERS = """
    npm pnpm pnpx yarn yarnpkg corepack bun deno tsx ts-node uv pip pipx pdm hatch poetry rye conda
    mamba java jshell dotnet go cargo make cmake gradle mvn nix nix-shell
"""
#: what runs the command that its arguments are
_WRAPPERS = """
    busybox toybox env xargs parallel nice nohup timeout setsid stdbuf ionice chrt taskset time
    watch script flock sudo su doas runuser setpriv unshare nsenter chroot capsh systemd-run ssh
    socat nc ncat docker podman nerdctl kubectl oc helm crictl ctr runc find git tar rsync strace
    ltrace tini dumb-init catchsegv ld.so
"""
_WHOLE_ONLY = frozenset(f"{_INTERPRETERS} {_MANAGERS} {_WRAPPERS}".split())
_VERSION = re.compile(r"(?:-?[0-9][0-9.]*)?(?:\.exe)?$")
_PACKAGE_VERSION = re.compile(r"(?<=.)(?:==|@|\[).*")
_LOADER = re.compile(r"ld-linux.*|ld-musl.*|ld\.so.*")
_PROGRAM = re.compile(r"@?[A-Za-z0-9]|/")


def program_index(command: str, words: Sequence[str]) -> int | None:
    """Which word names the program that `command` runs; None where it is no launcher, or no word does."""
    flags = _FLAGS.get(_kind(command))
    if flags is None:
        return None
    index = next((index for index, word in enumerate(words) if word not in flags), len(words))
    return index if index < len(words) and not words[index].startswith("-") else None


def launcher_problem(command: str, words: Sequence[str], *, rest: bool) -> str | None:
    """Why these words are no rule for the command; None where they are. `rest`: any arguments may follow."""
    if not is_launcher(command) or not (rest or any("*" in word for word in words)):
        return None
    kind = _kind(command)
    if kind in _WHOLE_ONLY:
        return (
            f"{kind} runs whatever its arguments say, so its rules have whole words only, without * and ..."
        )
    index = program_index(command, words)
    if index is None:
        return (
            f"with * or ... a rule for {kind} names its program right after these options, if any: "
            f"{' '.join(sorted(_FLAGS[kind]))}; with other options it has whole words only"
        )
    program = words[index]
    if "**" in program or not _PROGRAM.match(program):
        return f"{program} could be any program: begin it with a name or a path, and use * only"
    return launcher_problem(program, words[index + 1 :], rest=rest)


def is_launcher(command: str) -> bool:
    """Whether the command, or the package or path of one, runs other code by its arguments."""
    return _kind(command) in _WHOLE_ONLY | _FLAGS.keys()


def _kind(command: str) -> str:
    """The command without directory and version: python for /usr/bin/python3.12, tsx for tsx@4."""
    name = _PACKAGE_VERSION.sub("", PurePosixPath(command).name).lower()
    if _LOADER.fullmatch(name):
        return "ld.so"
    kind = _VERSION.sub("", name)
    return {"nodejs": "node", "pythonw": "python"}.get(kind, kind)
