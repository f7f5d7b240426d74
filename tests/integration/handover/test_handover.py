"""Both ends of the socket, each against another end that misbehaves."""

import asyncio
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest

from mcp_jobs.adapters.handover import connector, listener
from mcp_jobs.adapters.handover.ask import ask
from mcp_jobs.adapters.handover.connector import connect
from mcp_jobs.adapters.handover.lines import LINE_BYTES, ORDERS, REPORTS, decode, encode
from mcp_jobs.adapters.handover.listener import Listener
from mcp_jobs.adapters.handover.serve import Work, serve
from mcp_jobs.core.envelope import Call
from mcp_jobs.core.errors import ServersError
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.order import Order
from mcp_jobs.core.report import CallReport, ServerReport, ServerStatus, WorkReport
from mcp_jobs.core.servers import Server, Transport

ORDER = Order(
    job_id="ü\u2028",
    tenant="acme",
    servers=(
        Server(name="a", transport=Transport.STDIO, command="x", args=("é\n",), env={"TOKEN": "hush"}),
        Server(name="b", transport=Transport.SSE, url="http://b/sse", include_tools=(), timeout_seconds=1.5),
    ),
    calls=(Call(server="a", tool="t", arguments={"n": 10**600, "list": [None, True, {"x": "😀"}]}),),
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)
FAILURE = Failure(kind=FailureClass.TOOL, message="m", retriable=True)
REPORT = WorkReport(
    servers=(
        ServerReport(
            name="a",
            transport="stdio",
            status=ServerStatus.INITIALIZED,
            details={"tools": {"names": ["t"]}},
            timings={"start": 1},
            started=1_700_000_000_000,
            ended=1_700_000_000_001,
        ),
    ),
    calls=(CallReport(server="a", tool="t", duration_ms=3, result={"content": []}, failure=FAILURE),),
    failure=FAILURE,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "socket"


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The runner's end, which doesn't block, and the other one."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def work_of(reports: list[WorkReport]) -> Work:
    async def work(order: Order) -> WorkReport:
        assert order == ORDER
        return reports.pop(0)

    return work


def served(*sent: bytes) -> tuple[str, bytes]:
    """What `serve` complains of and what it answers a runner that sends this and then goes away."""
    complaint, said = "", b""
    runner, ours = socket.socketpair()
    ours.setblocking(False)

    def play() -> None:
        nonlocal said
        for data in sent:
            runner.sendall(data)
        runner.shutdown(socket.SHUT_WR)
        while data := runner.recv(65536):
            said += data

    thread = threading.Thread(target=play)
    with runner:
        thread.start()
        try:
            asyncio.run(serve(ours, work_of([REPORT])))
        except ServersError as error:
            complaint = str(error)
        thread.join(10)
    return complaint, said


def test_an_order_and_a_report_arrive_as_they_were() -> None:
    order, report = encode(ORDERS, ORDER), encode(REPORTS, REPORT)
    assert order.count(b"\n") == report.count(b"\n") == 1
    assert decode(ORDERS, order) == ORDER
    assert decode(REPORTS, report) == REPORT


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"servers": [], "calls": []}', "job_id: Field required"),
        (b'{"job_id": "1", "servers": [{"name": "a", "transport": "hush"}]}', "servers.0.transport"),
        (b"{", "Invalid JSON"),
        (b'{"job_id": "\\ud800hush", "servers": []}', "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON"),
    ],
)
def test_a_malformed_order_is_one_clear_error_without_its_content(line: bytes, said: str) -> None:
    with pytest.raises(ServersError, match="what came over the socket can't be read: ") as caught:
        decode(ORDERS, line)

    assert said in str(caught.value)
    assert "hush" not in str(caught.value)


def test_the_other_end_is_let_in_though_it_is_another_user_and_nobody_after_it(path: Path) -> None:
    with Listener(path) as runner, socket.socket(socket.AF_UNIX) as first:
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        first.connect(str(path))
        connection = runner.connection(threading.Event())

        assert connection is not None
        assert first.recv(10) == b"\n"
        assert not path.exists()
        assert runner.connection(threading.Event()) is connection


def test_a_runner_waits_for_its_other_half_until_it_is_told_to_end(path: Path) -> None:
    stop = threading.Event()
    with Listener(path) as runner:
        stop.set()
        assert runner.connection(stop) is None


def test_a_runner_without_its_other_half_says_what_to_look_at(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "_CONNECT_SECONDS", 0.1)
    with Listener(path) as runner, pytest.raises(ServersError, match=r"has not connected to .*/socket"):
        runner.connection(threading.Event())


def test_a_place_that_can_not_be_listened_at_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServersError, match=r"SERVERS_SOCKET: can't listen at .*/no/socket: No such file"):
        Listener(tmp_path / "no/socket")


def test_servers_whose_runner_never_comes_say_what_to_look_at(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "_CONNECT_SECONDS", 0.1)
    with pytest.raises(ServersError, match=r"no runner has listened at .*/socket for 0\.1 s"):
        connect(path, threading.Event())


def test_a_socket_that_servers_may_not_use_is_named(path: Path) -> None:
    path.touch()
    with pytest.raises(ServersError, match=r"SERVERS_SOCKET: can't connect to .*: Not a directory"):
        connect(path / "socket", threading.Event())


def test_servers_wait_for_a_message_until_their_runner_ends(path: Path) -> None:
    found: list[socket.socket | None] = []
    thread = threading.Thread(target=lambda: found.append(connect(path, threading.Event())))
    with socket.socket(socket.AF_UNIX) as runner:
        runner.bind(str(path))
        runner.listen(1)
        thread.start()
        connection, _ = runner.accept()
        connection.close()
    thread.join(10)
    assert found == [None]


@pytest.mark.parametrize("there", [True, False], ids=["with a runner", "without"])
def test_servers_that_are_told_to_end_do_so_at_once(path: Path, there: bool) -> None:
    stop = threading.Event()
    with ExitStack() as stack:
        if there:
            stack.enter_context(Listener(path))
        stop.set()
        assert connect(path, stop) is None


def test_orders_are_carried_out_one_after_the_other() -> None:
    complaint, said = served(encode(ORDERS, ORDER))

    assert (complaint, said) == ("", encode(REPORTS, REPORT))


def test_an_order_that_is_none_ends_the_servers_with_one_error() -> None:
    complaint, said = served(b"{}\n")

    assert (complaint, said) == ("what came over the socket can't be read: job_id: Field required", b"")


def test_an_order_without_end_is_refused() -> None:
    complaint, said = served(b" " * LINE_BYTES)

    assert (complaint, said) == (f"the runner has sent an order of more than {LINE_BYTES} bytes", b"")


def test_what_is_at_work_when_the_runner_goes_is_cancelled(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, runner = pair
    cancelled = []

    async def work(_: Order) -> WorkReport:
        runner.close()
        try:
            await anyio.sleep(10)
        except anyio.get_cancelled_exc_class():
            cancelled.append(True)
            raise
        raise AssertionError

    runner.sendall(encode(ORDERS, ORDER))
    asyncio.run(serve(ours, work))
    assert cancelled == [True]


def test_a_report_that_does_not_come_is_not_waited_for(pair: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(ServersError, match=r"has sent no report within 0\.1 s"):
        asyncio.run(ask(pair[0], ORDER, 0.1))


def test_a_report_that_trickles_in_is_not_waited_for(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    done = threading.Event()

    def trickle() -> None:
        while not done.wait(0.02):
            theirs.send(b" ")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        with pytest.raises(ServersError, match=r"has sent no report within 0\.3 s"):
            asyncio.run(ask(ours, ORDER, 0.3))
    finally:
        done.set()
        thread.join(10)


@pytest.mark.parametrize("part", [b"", b'{"servers": ['])
def test_servers_that_end_before_their_report_are_named(
    pair: tuple[socket.socket, socket.socket], part: bytes
) -> None:
    ours, theirs = pair
    theirs.sendall(part)
    theirs.shutdown(socket.SHUT_WR)

    with pytest.raises(ServersError, match="ended before its report"):
        asyncio.run(ask(ours, ORDER, 10))


def test_a_report_without_end_is_refused(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    thread = threading.Thread(target=flood, args=[theirs])
    thread.start()
    try:
        with pytest.raises(ServersError, match=f"a report of more than {LINE_BYTES} bytes"):
            asyncio.run(ask(ours, ORDER, 30))
    finally:
        ours.close()
        thread.join(10)


def flood(connection: socket.socket) -> None:
    try:
        while True:
            connection.sendall(b" " * 65536)
    except OSError:
        return


@pytest.mark.parametrize("line", [b'{"failure": 3}\n', b"report\n", b'{"servers": [{"name": "a"}]}\n'])
def test_a_report_that_is_none_is_one_clear_error(
    pair: tuple[socket.socket, socket.socket], line: bytes
) -> None:
    ours, theirs = pair
    theirs.sendall(line)

    with pytest.raises(ServersError, match="what came over the socket can't be read"):
        asyncio.run(ask(ours, ORDER, 10))
