"""The command line of scripts/image: build the image, give it to the cluster."""

import subprocess
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cluster.base_image import choose_base
from cluster.binaries import ROOT
from cluster.builder import Builder, find_builder
from cluster.cluster import Cluster
from cluster.errors import ClusterError
from cluster.layout import DEFAULT_IMAGE, DEFAULT_NAME, Home, cache
from cluster.worker import load_image


class Target(StrEnum):
    """Where an image goes."""

    CLUSTER = "cluster"
    KIND = "kind"
    NONE = "none"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def image(
    tag: Annotated[str, typer.Option(help="The image's name and tag.")] = DEFAULT_IMAGE,
    push_to: Annotated[Target, typer.Option(help="Where it goes.")] = Target.CLUSTER,
    base: Annotated[str, typer.Option(envvar="BASE_IMAGE", help="The image to build upon.")] = "",
    build_arg: Annotated[list[str] | None, typer.Option(help="NAME=VALUE for the Dockerfile.")] = None,
    install: Annotated[bool, typer.Option(help="Let apt-get install what is missing.")] = False,
    name: Annotated[str, typer.Option(envvar="MCP_JOBS_CLUSTER", help="Which cluster.")] = DEFAULT_NAME,
) -> None:
    """Build the image from this checkout and load it into the cluster.

    Where no registry answers, it is built upon a Debian with Python that is made here, once.
    """
    started = time.monotonic()
    builder = find_builder(install=install)
    arguments = [f"BASE_IMAGE={choose_base(builder, base, say=_say, install=install)}"]
    builder.build(ROOT, tag, [*arguments, *(build_arg or [])])
    _say(f"Built {tag}, {builder.size(tag) / 1e6:.0f} MB, in {time.monotonic() - started:.1f} s")
    if push_to is Target.NONE:
        return
    loaded = time.monotonic()
    if _load(builder, tag, push_to, Home(name)):
        _say(f"Loaded it into {_named(push_to, name)} in {time.monotonic() - loaded:.1f} s")
    else:
        _say(f"{_named(push_to, name)} has it already")


def _load(builder: Builder, tag: str, target: Target, home: Home) -> bool:
    """Whether it had to be loaded."""
    if target is Target.CLUSTER:
        Cluster.running(home.name)  # says so when it isn't up
        # Beside the cluster's state: it goes with it.
        mark = home.run / "images" / tag.replace("/", "_")
        if mark.exists() and mark.read_text() == builder.id(tag):
            return False
    archive = cache() / "image.tar"
    builder.save(tag, archive)
    try:
        if target is Target.KIND:
            _load_into_kind(archive)
            return True
        load_image(home, archive)
    finally:
        archive.unlink(missing_ok=True)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(builder.id(tag))
    return True


def _load_into_kind(archive: Path) -> None:
    if subprocess.run(["kind", "load", "image-archive", str(archive)], check=False).returncode:
        raise ClusterError("kind didn't take the image: the lines above say why.")


def _named(target: Target, name: str) -> str:
    return "kind" if target is Target.KIND else f"cluster {name}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Run it; what a person can do something about is told in a sentence."""
    try:
        app()
    except ClusterError as error:
        sys.exit(f"scripts/image: {error}")


if __name__ == "__main__":
    main()
