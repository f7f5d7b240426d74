"""The image to build upon: the Dockerfile's own, or a Debian with Python that is made here."""

import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from cluster.binaries import ROOT
from cluster.builder import Builder
from cluster.errors import ClusterError
from cluster.layout import cache
from cluster.missing import FOR_BASE_IMAGE, require

SUITE = "bookworm"
_PACKAGES = "python3,python3-venv,ca-certificates,tini"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")
# The Dockerfile says `python`, as images of Python have it. They have no bytecode, so it is not here either.
_FINISH = (
    'ln -s /usr/bin/python3 "$1/usr/local/bin/python"',
    'find "$1"/usr/lib/python3* -name __pycache__ -prune -exec rm -r {} +',
    'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',
)
_ARGUMENT = re.compile(r"^ARG BASE_IMAGE=(\S+)$", re.MULTILINE)


def choose_base(builder: Builder, wished: str, *, say: Callable[[str], None], install: bool = False) -> str:
    """The wished image; else the Dockerfile's, where a registry gives it; else one that is made here.

    Raises:
        ClusterError: None can be had.
    """
    if wished:
        return wished
    default, local = default_base(), _local_name()
    if builder.has(default):
        return default
    if builder.has(local):
        return local
    say(f"Fetching {default} ...")
    if builder.pull(default):
        return default
    say(f"No registry gives {default}: making a base image from Debian's packages (once) ...")
    require(FOR_BASE_IMAGE, install=install)
    builder.import_root(_debian(), local, [_PATH, "LANG=C.UTF-8"])
    return local


def default_base() -> str:
    """The base image that the Dockerfile names."""
    found = _ARGUMENT.search((ROOT / "Dockerfile").read_text())
    if not found:
        raise ClusterError("The Dockerfile has no line `ARG BASE_IMAGE=…`.")
    return found[1]


def _local_name() -> str:
    """A name that changes with what is in it."""
    recipe = " ".join([SUITE, _PACKAGES, *_LEFT_OUT, *_FINISH])
    return f"localhost/mcp-jobs-base:{SUITE}-{hashlib.sha256(recipe.encode()).hexdigest()[:8]}"


def _debian() -> Path:
    archive = cache() / "base" / f"{_local_name().rpartition(':')[2]}.tar"
    if archive.exists():
        return archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    fresh = archive.with_suffix(".new.tar")
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    command += [f"--customize-hook={line}" for line in _FINISH]
    done = subprocess.run([*command, SUITE, str(fresh)], stdout=2, check=False)
    if done.returncode:
        fresh.unlink(missing_ok=True)
        raise ClusterError(
            "mmdebstrap failed: the lines above say why. --base names another image to build upon."
        )
    return fresh.rename(archive)
