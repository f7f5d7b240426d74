"""kafka-python's connection manager, but one that says why a broker lets nobody in.

The original tries again until the time is up, whatever the broker says, and then says that the time is up.
"""

import math
import random
import socket
import time
from collections.abc import Iterable, Iterator
from typing import Any

import kafka.errors
from kafka.net.inet import create_connection
from kafka.net.manager import KafkaConnectionManager
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

from mcp_jobs.adapters.kafka.refusal import AccessError, HungUp, Refusal, explain
from mcp_jobs.core.errors import ProtocolError

#: seconds between two rounds of tries: the first pause, and the longest
_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
#: seconds for one broker of several, which may be down without a word
_LONGEST_TRY = 10.0


class NobodyAnswers(Exception):
    """Raised when no broker answers in time, for whatever reason."""


class Manager(KafkaConnectionManager):  # type: ignore[misc]  # kafka-python has no types
    """A manager whose bootstrap() raises ProtocolError with the reason, at once where it won't pass."""

    def explain(self, error: BaseException, node: int | str | None) -> Refusal | None:
        """What an error of a connection to a node means; None where nobody may simply be there now."""
        broker = self.cluster.broker_metadata(node)
        return explain(error, f"{broker.host}:{broker.port}", self.config) if broker else None

    async def _do_bootstrap(self, deadline: float | None) -> bool:
        deadline = math.inf if deadline is None else deadline
        refusals: dict[str, Refusal] = {}
        for pause in _pauses():
            nodes = [broker.node_id for broker in self.cluster.bootstrap_brokers()]
            random.shuffle(nodes)
            for place, node in enumerate(nodes):
                share = max(deadline - time.monotonic(), 0) / (len(nodes) - place)
                try:
                    await self._enter(node, min(share, _LONGEST_TRY))
                except Exception as error:
                    refusal = self.explain(error, node)
                    refusals |= {node: refusal} if refusal else {}
                else:
                    self.cluster.start_refresh_loop()
                    return True
            final = [refusal for refusal in refusals.values() if refusal.final]
            if len(final) == len(nodes) or time.monotonic() + pause >= deadline:
                raise _told(refusals.values())
            await self._net.sleep(pause)
        return False

    async def _enter(self, node: str, seconds: float) -> None:
        """Log in, and ask for the brokers there are."""
        self.reset_backoff(node)  # the pauses are ours
        connection = self.get_connection(
            node, timeout_ms=seconds * 1000, pop_on_close=False, refresh_metadata_on_err=False
        )
        try:
            await self.wait_for(connection.init_future, seconds * 1000)
            try:
                await self.cluster.refresh_metadata(node)
            except kafka.errors.KafkaConnectionError as error:
                raise HungUp from error
            if not self.cluster.brokers():
                raise kafka.errors.NodeNotReadyError(node)
        finally:
            self._conns.pop(node, connection).close()

    async def _build_transport(self, node: Any, timeout_at: float | None = None) -> Any:
        options = self.config["socket_options"]
        sock = await create_connection(self._net, node.host, node.port, options, timeout_at=timeout_at)
        try:
            transport = self._wrapped(sock, node.host)
        except BaseException:
            sock.close()
            raise
        try:
            await transport.handshake()
        except BaseException:
            transport.close()
            raise
        return transport

    def _wrapped(self, sock: socket.socket, host: str) -> Any:
        if self.ssl_enabled:
            options = {name: value for name, value in self.config.items() if name.startswith("ssl_")}
            return _TlsTransport(self._net, sock, host=host, **options)
        return _TcpTransport(self._net, sock, host=host)


class _LastWords:
    """kafka-python drops what came together with the end of a connection: the reason it was ended for."""

    def _sock_recv(self) -> tuple[bytes, Exception | None]:
        data, error = super()._sock_recv()  # type: ignore[misc]  # of the transport it is mixed into
        return data, None if data else error  # the end is read again


class _TcpTransport(_LastWords, KafkaTCPTransport):  # type: ignore[misc]  # kafka-python has no types
    pass


class _TlsTransport(_LastWords, KafkaSSLTransport):  # type: ignore[misc]  # kafka-python has no types
    pass


def _pauses() -> Iterator[float]:
    """Seconds between two rounds of tries, longer each time."""
    pause = _PAUSE
    while True:
        yield pause * random.uniform(0.5, 1)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _told(refusals: Iterable[Refusal]) -> Exception:
    """The error for brokers that did not let us in: for the most certain of their reasons."""
    worst = max(refusals, key=lambda refusal: refusal.final, default=None)
    if worst is None:
        return NobodyAnswers()
    return AccessError(worst.sentence) if worst.final else ProtocolError(worst.sentence)
