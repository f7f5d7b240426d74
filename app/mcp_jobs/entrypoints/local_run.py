"""`mcp-jobs local run` and `mcp-jobs local up`: what they do once the platform is up."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.console import Console
from rich.live import Live
from rich.text import Text

from mcp_jobs.adapters.kafka.messages import produce
from mcp_jobs.entrypoints.files import Sourced
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.local import Stage, set_up
from mcp_jobs.entrypoints.local_options import LocalOptions
from mcp_jobs.entrypoints.local_page import WORKLOAD, LocalPage
from mcp_jobs.entrypoints.sending import outgoing
from mcp_jobs.entrypoints.submit import show
from mcp_jobs.local.board import Outcome
from mcp_jobs.local.summary import summary
from mcp_jobs.local.view import Progress, plain, plural

#: seconds after the last outcome for the lag to become 0, before no further Job is created for it
_LINGER = 10.0


class Finish:
    """When a run is over: every message has its outcome and nothing is left to do, or the time is over."""

    def __init__(self, stage: Stage, interruption: Interruption, timeout: float) -> None:
        self._stage = stage
        self._interruption = interruption
        self._deadline = time.monotonic() + timeout
        self._settled_at: float | None = None

    def __call__(self) -> bool:
        """Whether it is over now."""
        self._interruption.check()
        self._stage.check()
        platform, now = self._stage.platform, time.monotonic()
        if now > self._deadline:
            return True
        if platform.board.missing:
            return False
        self._settled_at = self._settled_at or now
        # Somebody else's messages may come in for ever: their Jobs end, no new ones start.
        platform.draining = now - self._settled_at > _LINGER
        if platform.busy:
            return False
        explained = len(platform.board.dead_letters) >= platform.board.failed
        return platform.draining or (explained and platform.read_lag() == 0)


def run(
    options: LocalOptions, messages: Sequence[Sourced], *, timeout: float, as_json: bool, console: Console
) -> bool:
    """Produce the messages, run them, and show what became of them; whether all succeeded."""
    started = time.monotonic()
    with Interruption() as interruption, _shown(options, console) as stage:
        config = kafka_config(stage.kafka, client_id="mcp-jobs-local")
        places = produce(config, stage.kafka.topic, [outgoing(message) for message in messages])
        board = stage.platform.board
        board.expect(dict(zip(places, (message.source for message in messages), strict=True)))

        def on_outcome(outcome: Outcome) -> None:
            if as_json or not console.is_terminal:
                show(outcome, board, as_json=as_json, console=console)

        with interruption.held(), _live(stage, console, as_json=as_json):
            stage.platform.run(Finish(stage, interruption, timeout), on_outcome)
        took = (time.monotonic() - started) * 1000
        console.print(summary(stage.platform, stage.kafka.dead_letters, took))
        if stage.unsound:
            console.print(Text(f"Runner logs are in {stage.logs}", "dim"), soft_wrap=True)
        return not (stage.unsound or board.repeated)


def up(options: LocalOptions, console: Console) -> None:
    """Keep a platform up until Ctrl-C."""
    with Interruption() as interruption, _shown(options, console) as stage:
        page = LocalPage(stage.platform, stage.kafka.topic, options)
        if stage.broker:
            _teach(stage, console)

        def never() -> bool:
            interruption.check()
            stage.check()
            return False

        def on_outcome(outcome: Outcome) -> None:
            page.history.add(WORKLOAD, outcome)
            show(outcome, stage.platform.board, as_json=False, console=console)

        with page.served() as url, interruption.held():
            console.print(Text(f"The page: {url}\n"), soft_wrap=True)
            with _live(stage, console):
                stage.platform.run(never, on_outcome)


@contextmanager
def _shown(options: LocalOptions, console: Console) -> Iterator[Stage]:
    """A platform whose set-up is shown."""
    with console.status("") as status:

        def say(sentence: str) -> None:
            if console.is_terminal:
                status.update(Text(f"{sentence} ..."))
            else:
                console.print(Text(f"{sentence} ..."), soft_wrap=True)

        with set_up(options, say) as stage:
            status.stop()
            _introduce(stage, options, console)
            yield stage


def _live(stage: Stage, console: Console, *, as_json: bool = False) -> AbstractContextManager[object]:
    if not console.is_terminal or (as_json and sys.stdout.isatty()):
        return nullcontext()
    return Live(
        Progress(stage.platform),
        console=console,
        transient=True,
        refresh_per_second=8,
        redirect_stdout=not as_json,  # else it takes the outcomes for something to show above itself
    )


def _introduce(stage: Stage, options: LocalOptions, console: Console) -> None:
    kind = "A Kafka of its own" if stage.broker else "Kafka"
    jobs = f"up to {plural(options.max_replicas, 'Job')} at a time"
    for line in (
        f"{kind} at {stage.kafka.brokers}, topic {plain(stage.kafka.topic)}, {jobs}.",
        f"Runner logs in {stage.logs}",
    ):
        console.print(Text(line, "dim"), soft_wrap=True)


def _teach(stage: Stage, console: Console) -> None:
    topic = "" if stage.kafka.topic == "mcp-jobs" else f" --topic {stage.kafka.topic}"
    lines = (
        "",
        "In another terminal:",
        f"  export KAFKA_BROKERS={stage.kafka.brokers}",
        f"  mcp-jobs submit{topic} --wait 60 FILE",
        "",
        "Ctrl-C ends Kafka, its data and the runners.",
        "",
    )
    console.print(Text("\n".join(lines)), soft_wrap=True)
