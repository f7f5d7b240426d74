"""A real Apache Kafka of one's own: one broker on this machine, without Docker and without root."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local.archive import archive_flags
from mcp_jobs.local.installation import Installation, install
from mcp_jobs.local.java import java_environment
from mcp_jobs.local.lock import Say, silent
from mcp_jobs.local.options import BrokerOptions, java_flags, server_properties
from mcp_jobs.local.ports import LOOPBACK, free_ports
from mcp_jobs.local.probe import answers
from mcp_jobs.local.process import Process
from mcp_jobs.local.storage import format_storage

_STARTED = b"Kafka Server started"
_TAKEN = "Address already in use"
_START_ATTEMPTS = 3
_POLL_SECONDS = 0.02
_LAST_LINES = 20
_RECORD_SECONDS = 120.0
T = TypeVar("T")


class Broker:
    """One Kafka broker, which is its own controller and listens on the loopback address only.

    It ends with `stop`, with the `with` block, and with this process, however that ends.
    """

    def __init__(
        self,
        options: BrokerOptions | None = None,
        *,
        installation: Installation | None = None,
        jvm_flags: Sequence[str] | None = None,
        say: Say = silent,
    ) -> None:
        """Prepare a broker that isn't started yet. `say` gets a sentence about everything that takes long.

        `jvm_flags` come after ours, in place of those for the archive of classes.
        """
        self.options = options or BrokerOptions()
        self._installation = installation
        self._jvm_flags = jvm_flags
        self._say = say
        self._home = self.options.data_dir
        self._ports = self.options.ports
        self._more_ports: Sequence[int] = ()
        self._process: Process | None = None
        self._log_start = 0

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients, e.g. "127.0.0.1:9092"."""
        return f"{LOOPBACK}:{_known(self._ports)[0]}"

    @property
    def ports(self) -> tuple[int, int]:
        """The port for clients and the controller's."""
        return _known(self._ports)

    def address(self, listener: str) -> str:
        """The address of a listener that the options name."""
        place = list(self.options.listeners).index(listener)
        return f"{LOOPBACK}:{self._more_ports[place]}"

    @property
    def pid(self) -> int:
        """The pid of Kafka's own process."""
        return _known(self._process).pid

    @property
    def running(self) -> bool:
        """Whether Kafka's process runs."""
        return self._process is not None and self._process.running

    @property
    def home(self) -> Path:
        """The directory of its configuration, its data and its log file, `broker.log`."""
        return _known(self._home)

    def start(self) -> Self:
        """Start it, unless it runs, and return when it's ready. On first use, Kafka is downloaded.

        Raises:
            LocalPlatformError: It can't start. The message has the last lines of its log.
        """
        if self.running:
            return self
        try:
            if self.options.ports is None:
                self._bring_up(fresh_ports=True)
            else:
                self.launch()
                self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop it, by SIGKILL when it takes too long. A temporary directory goes with it."""
        if self._process is not None:
            self._process.stop(self.options.stop_seconds)
            self._process = None
        if self._home is not None and self.options.data_dir is None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None

    def kill(self) -> None:
        """Kill it with SIGKILL, as a crash would. `restart` brings it back."""
        _known(self._process).kill()

    def restart(self) -> None:
        """Start it again with the same ports and data, after stopping it if it still runs."""
        _known(self._process).stop(self.options.stop_seconds)
        self._bring_up(fresh_ports=False)

    def launch(self) -> None:
        """Start its process and return: brokers of one cluster need each other to get ready."""
        kafka = self._prepare()
        logs, config, log = self.home / "logs", self.home / "server.properties", self.home / "broker.log"
        if not self._more_ports and self.options.listeners:
            self._more_ports = free_ports(len(self.options.listeners))
        ports = (*self.ports, *self._more_ports)
        config.write_text(server_properties(self.options, ports, logs), encoding="ascii")
        format_storage(kafka, config, logs, self.options)
        self._log_start = log.stat().st_size if log.exists() else 0
        flags = (*java_flags(self.options, self.home), *(self._jvm_flags or ()))
        command = kafka.command("kafka.Kafka", str(config), flags=flags)
        scratch = None if self.options.data_dir else self.home
        self._process = Process(command, log=log, environment=java_environment(), scratch=scratch)

    def wait_until_ready(self) -> None:
        """Wait until it takes requests.

        Raises:
            LocalPlatformError: It ended, or `start_seconds` have passed.
        """
        process, deadline = _known(self._process), time.monotonic() + self.options.start_seconds
        while not (_STARTED in self._log() and answers(self.ports[0])):
            if not process.running:
                raise self._failure(f"Kafka ended with exit code {process.wait(1.0)} before it was ready")
            if time.monotonic() >= deadline:
                raise self._failure(f"Kafka wasn't ready within {self.options.start_seconds:g} s")
            time.sleep(_POLL_SECONDS)

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def _prepare(self) -> Installation:
        kafka = self._installation = self._installation or install(self._say)
        if self._jvm_flags is None:
            self._jvm_flags = archive_flags(kafka, partial(_rehearse, kafka), self._say)
        self._home = self._home or Path(tempfile.mkdtemp(prefix="mcp-jobs-kafka-"))
        self._home.mkdir(parents=True, exist_ok=True)
        return kafka

    def _bring_up(self, *, fresh_ports: bool) -> None:
        for left in reversed(range(_START_ATTEMPTS)):
            if fresh_ports:
                client, controller, *self._more_ports = free_ports(2 + len(self.options.listeners))
                self._ports = client, controller
            try:
                self.launch()
                self.wait_until_ready()
            except LocalPlatformError as error:
                if not left or _TAKEN not in str(error):
                    raise
            else:
                return

    def _log(self) -> bytes:
        with (self.home / "broker.log").open("rb") as log:
            log.seek(self._log_start)
            return log.read()

    def _failure(self, sentence: str) -> LocalPlatformError:
        lines = self._log().decode(errors="replace").splitlines()[-_LAST_LINES:]
        return LocalPlatformError("\n".join([f"{sentence}. The last lines of its log:", *lines]))


def _rehearse(kafka: Installation, flag: str) -> None:
    options = BrokerOptions(stop_seconds=_RECORD_SECONDS)
    with Broker(options, installation=kafka, jvm_flags=(flag,)):
        pass


def _known(value: T | None) -> T:
    if value is None:
        raise LocalPlatformError("This broker isn't started.")
    return value
