"""`mcp-jobs local run` and `mcp-jobs local up`: what they do once the platform is up."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console
from rich.live import Live
from rich.text import Text

from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.entrypoints.files import Sourced
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.local import LocalOptions, Stage, set_up
from mcp_jobs.entrypoints.submit import show
from mcp_jobs.local.board import Outcome
from mcp_jobs.local.view import Progress, dead_letters, plain, plural, seconds, table

#: seconds after the last outcome for the lag to become 0, before no further Job is created for it
_LINGER = 10.0


class Finish:
    """When a run is over: every message has its outcome and nothing is left to do, or the time is over."""

    def __init__(self, stage: Stage, timeout: float) -> None:
        self._stage = stage
        self._deadline = time.monotonic() + timeout
        self._settled_at: float | None = None

    def __call__(self) -> bool:
        """Whether it is over now."""
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
    with set_up(options, console) as stage:
        _introduce(stage, options, console)
        config = kafka_config(stage.kafka, client_id="mcp-jobs-local")
        places = produce(config, stage.kafka.topic, [Message(message.value) for message in messages])
        board = stage.platform.board
        board.expect(dict(zip(places, (message.source for message in messages), strict=True)))

        def on_outcome(outcome: Outcome) -> None:
            if as_json or not console.is_terminal:
                show(outcome, board, as_json=as_json, console=console)

        with _live(stage, console):
            stage.platform.run(Finish(stage, timeout), on_outcome)
        _conclude(stage, console, time.monotonic() - started)
        return not (board.failed or board.missing or board.repeated)


def up(options: LocalOptions, console: Console) -> None:
    """Keep a platform up until Ctrl-C."""
    with set_up(options, console) as stage:
        _introduce(stage, options, console)
        if stage.broker:
            _teach(stage, console)

        def never() -> bool:
            stage.check()
            return False

        def on_outcome(outcome: Outcome) -> None:
            show(outcome, stage.platform.board, as_json=False, console=console)

        with _live(stage, console):
            stage.platform.run(never, on_outcome)


def _live(stage: Stage, console: Console) -> AbstractContextManager[object]:
    if not console.is_terminal:
        return nullcontext()
    return Live(Progress(stage.platform), console=console, transient=True, refresh_per_second=8)


def _introduce(stage: Stage, options: LocalOptions, console: Console) -> None:
    kind = "embedded Kafka" if stage.broker else "Kafka"
    jobs = (
        "one Job at a time" if options.max_replicas == 1 else f"up to {options.max_replicas} Jobs at a time"
    )
    console.print(
        Text(f"{kind} at {stage.kafka.brokers}, topic {plain(stage.kafka.topic)}, {jobs},", "dim"),
        Text(f"runner logs in {stage.logs}", "dim"),
        soft_wrap=True,
    )


def _teach(stage: Stage, console: Console) -> None:
    topic = "" if stage.kafka.topic == "mcp-jobs" else f" --topic {stage.kafka.topic}"
    console.print(
        "\nIn another terminal:\n",
        f"\n  export KAFKA_BROKERS={stage.kafka.brokers}",
        f"\n  mcp-jobs submit{topic} --wait 60 FILE\n",
        "\nCtrl-C here ends Kafka, its data and the runners.\n",
        markup=False,
        soft_wrap=True,
        sep="",
    )


def _conclude(stage: Stage, console: Console, took: float) -> None:
    """The table, the dead letters, the sums."""
    platform, board = stage.platform, stage.platform.board
    console.print(table(board))
    if board.dead_letters:
        console.print(dead_letters(board, stage.kafka.dead_letters), "")
    if board.missing:
        late = ", ".join(plain(board.sources[place]) for place in board.missing[:10])
        text = f"{plural(len(board.missing), 'message')} without an outcome when the time was over: {late}"
        console.print(Text(text, "red"))
    if board.repeated:
        text = f"{plural(board.repeated, 'outcome')} too many: please report this, it must never happen"
        console.print(Text(text, "red"))
    empty = f", {platform.empty_jobs} of them without a message" if platform.empty_jobs else ""
    sums = Text.assemble(
        plural(len(board.sources), "message"),
        ": ",
        (f"{board.succeeded} succeeded", "green" if board.succeeded else ""),
        ", ",
        (f"{board.failed} failed", "red" if board.failed else ""),
        f", lag {platform.lag}. ",
        (f"{plural(len(platform.scaledjob.created), 'Job')}{empty}, in {seconds(took * 1000)}.", "dim"),
    )
    console.print(sums)
    if board.failed or board.missing:
        console.print(Text(f"Runner logs: {stage.logs}", "dim"), soft_wrap=True)
