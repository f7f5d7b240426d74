"""The command line of scripts/cluster."""

import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from cluster.bring_up import bring_up
from cluster.cluster import Cluster, take_down
from cluster.errors import ClusterError
from cluster.given import check_given, kind_kubeconfig
from cluster.layout import DEFAULT_NAME, Home
from cluster.missing import require_root
from cluster.plan import Kafka, Plan
from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local.lock import file_lock

# What another `up` may take: the first one builds everything.
_LOCK_SECONDS = 3600.0

app = typer.Typer(
    help="A Kubernetes of one node with KEDA and Kafka, on this machine, without Docker or a registry.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Name = Annotated[str, typer.Option(envvar="MCP_JOBS_CLUSTER", help="Which cluster: several can run.")]
PartName = Annotated[str, typer.Argument(help="A part, as `status` lists them; `kafka` is every broker.")]


@app.command()
def up(  # noqa: PLR0913, PLR0917 - the options of a command are its parameters
    name: Name = DEFAULT_NAME,
    brokers: Annotated[int, typer.Option(min=1, max=9, help="How many Kafka brokers.")] = 1,
    kafka_listener: Annotated[list[str] | None, typer.Option(help="One more listener: NAME=SASL_SSL")] = None,
    kafka_property: Annotated[
        list[str] | None, typer.Option(help="A line of server.properties: NAME=VALUE")
    ] = None,
    fake_nodes: Annotated[int, typer.Option(min=0, help="How many nodes of kwok's beside the real one.")] = 0,
    pods: Annotated[str, typer.Option(help="The pods' subnet, a /16; a free one is found.")] = "",
    install: Annotated[bool, typer.Option(help="Let apt-get install what is missing.")] = False,
    kind: Annotated[bool, typer.Option(help="Use kind's cluster instead.")] = False,
    kubeconfig: Annotated[Path | None, typer.Option(help="Use this cluster instead.", dir_okay=False)] = None,
) -> None:
    """Bring it up, or what of it doesn't run. The first time, its binaries are built, which takes long."""
    home = Home(name)
    if kind or kubeconfig:
        _print_environment(check_given(kubeconfig or kind_kubeconfig(home.directory)))
        return
    kafka = Kafka(brokers=brokers, listeners=_pairs(kafka_listener), properties=_pairs(kafka_property))
    wished = Plan(pods=pods, kafka=kafka, tools={}, fake_nodes=fake_nodes)
    started = time.monotonic()
    with _alone(home):
        bring_up(home, wished, say=_say, install=install)
    _say(f'Up in {time.monotonic() - started:.1f} s. Next: eval "$(scripts/cluster env)"; scripts/image')


@app.command()
def down(name: Name = DEFAULT_NAME) -> None:
    """Take it down. Nothing of it stays but its logs, and the binaries for the next time."""
    home = Home(name)
    require_root()
    started = time.monotonic()
    with _alone(home):
        take_down(home)
    _say(f"Down in {time.monotonic() - started:.1f} s.")


@app.command()
def status(name: Name = DEFAULT_NAME) -> None:
    """Say how every part is. Exit code 1 when one isn't well, or nothing is up."""
    table = Table("part", "pid", "", "address", "log", box=box.SIMPLE_HEAD, pad_edge=False)
    all_well = True
    for part in Cluster.running(name).parts.values():
        state = (
            "[green]well"
            if part.running and part.healthy()
            else "[red]not well"
            if part.running
            else "[red]dead"
        )
        all_well = all_well and "green" in state
        table.add_row(part.name, str(part.pid or "-"), state, part.address, str(part.log))
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table)
    raise typer.Exit(0 if all_well else 1)


@app.command()
def env(name: Name = DEFAULT_NAME) -> None:
    """Print what a shell needs: eval "$(scripts/cluster env)"."""
    _print_environment(Cluster.running(name).environment)


@app.command()
def restart(part: PartName, name: Name = DEFAULT_NAME) -> None:
    """End a part in an orderly way and start it again."""
    home = Home(name)
    with _alone(home):
        for found in Cluster.running(name).matching(part):
            found.restart()
            _say(f"{found.name} is back, pid {found.pid}")


@app.command()
def kill(part: PartName, name: Name = DEFAULT_NAME) -> None:
    """Kill a part with SIGKILL. `up` or `restart` brings it back."""
    for found in Cluster.running(name).matching(part):
        found.kill()
        _say(f"{found.name} is dead")


def main() -> None:
    """Run a command; what a person can do something about is told in a sentence."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        app()
    except (ClusterError, LocalPlatformError) as error:
        sys.exit(f"scripts/cluster: {error}")


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    home.directory.mkdir(parents=True, exist_ok=True)
    with file_lock(
        home.lock, _LOCK_SECONDS, lambda _: _say("Another scripts/cluster is at work: waiting for it")
    ):
        yield


def _pairs(texts: list[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts or []]
    for name, equals, value in pairs:
        if not (name and value):
            raise ClusterError(f"{name + equals!r} should be NAME=VALUE.")
    return {name: value for name, _, value in pairs}


def _print_environment(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}" + (":$PATH" if name == "PATH" else ""))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
