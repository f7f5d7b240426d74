"""What a person sees of messages: outcomes, claims, one message's way, the whole at a glance."""

import json
import signal
import subprocess
import time

from integration.eventually import eventually
from integration.operator.conftest import COMMAND, MakeDesk
from integration.operator.terminal import Terminal
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.report import WorkReport

BROKEN = WorkReport(failure=Failure(kind=FailureClass.TOOL, message="it broke\x1b[2J", retriable=False))


def message(job_id: str, tenant: str = "acme") -> bytes:
    payload = {"mcpServers": {"a": {"command": "true"}}}
    return json.dumps({"jobId": job_id, "tenant": tenant, "payload": payload}).encode()


def test_the_status_counts_what_waits_what_is_claimed_and_what_is_over(make_desk: MakeDesk) -> None:
    desk = make_desk(2)
    desk.workload.produce([message("a"), message("b"), message("c")], partition=1)
    desk.workload.run(clock=lambda: int(time.time() * 1000))
    desk.workload.claimed()

    status = json.loads(desk.run("status", "--json"))

    assert status["lag"] == {"0": 0, "1": 1}
    assert (status["claimed"], status["outcomesLastHour"]) == (1, {"succeeded": 1})
    assert status["oldestUnclaimedSeconds"] > 0
    assert "no Kubernetes API server is configured" in status["problem"]


def test_a_partition_without_a_frontier_is_told(make_desk: MakeDesk) -> None:
    desk = make_desk(2, install=False)

    assert "partitions [0, 1] have no committed offset" in desk.run("status")


def test_the_live_status_ends_with_ctrl_c_and_gives_the_terminal_back(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.workload.produce([message("a")])
    with Terminal() as terminal:
        command = [*COMMAND, "status", "--watch"]
        environment = desk.environment() | {"TERM": "xterm"}
        with subprocess.Popen(command, stdout=terminal.end, stderr=terminal.end, env=environment) as status:
            try:
                eventually(lambda: b"unclaimed  1" in terminal.shown, seconds=60)
                desk.workload.claimed()
                eventually(lambda: b"claimed    1" in terminal.shown)
                status.send_signal(signal.SIGINT)
                assert status.wait(20) == 130
            finally:
                status.kill()
        terminal.close()

    hidden, shown = terminal.shown.rfind(b"\x1b[?25l"), terminal.shown.rfind(b"\x1b[?25h")
    assert 0 <= hidden < shown
    assert b"Traceback" not in terminal.shown


def test_the_live_status_as_json_is_a_line_each_time(make_desk: MakeDesk) -> None:
    desk = make_desk()
    command = [*COMMAND, "status", "--watch", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=desk.environment(), text=True) as status:
        try:
            assert status.stdout
            lines = [json.loads(status.stdout.readline()) for _ in range(2)]
            status.send_signal(signal.SIGTERM)
            assert status.wait(20) == 143
        finally:
            status.kill()

    assert [line["topic"] for line in lines] == [desk.workload.topic] * 2


def test_the_live_status_in_a_pipe_is_told_each_time(make_desk: MakeDesk) -> None:
    desk = make_desk()
    command, environment = [*COMMAND, "status", "--watch"], desk.environment() | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as status:
        try:
            assert status.stdout
            heads = [
                line for line, _ in zip(status.stdout, range(10), strict=False) if desk.workload.topic in line
            ]
            status.send_signal(signal.SIGTERM)
            assert status.wait(20) == 143
        finally:
            status.kill()

    assert len(heads) == 2


def test_outcomes_are_listed_and_chosen_by_job_id(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.workload.produce([message("a"), message("b")])
    desk.workload.run()
    desk.workload.run(work=lambda _: BROKEN)

    everything = desk.run("outcomes")
    chosen = [json.loads(line) for line in desk.run("outcomes", "--job", "b", "--json").splitlines()]

    assert "succeeded" in everything
    assert "it broke" in everything
    assert "\x1b[2J" not in everything
    assert [(outcome["jobId"], outcome["status"]) for outcome in chosen] == [("b", "failed")]


def test_waiting_ends_with_the_outcomes_and_tells_which_did_not_come(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.workload.produce([message("a"), message("b")])
    desk.workload.run()

    assert "succeeded" in desk.run("wait", "a", "--timeout", "20")
    assert "no outcome within 1 s of 1 jobId: b" in desk.run("wait", "a", "b", "--timeout", "1", code=1)


def test_waiting_looks_at_no_other_outcome(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.workload.produce([message("a"), message("b")])
    desk.workload.run()
    desk.workload.run(work=lambda _: BROKEN)

    told = desk.run("wait", "a", "--timeout", "20")

    assert "  a  " in told
    assert "it broke" not in told


def test_a_message_is_shown_where_it_is(make_desk: MakeDesk) -> None:
    desk = make_desk()
    span = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    first = Message(message("over"), headers=(("traceparent", span.encode()),))
    produce(desk.workload.config, desk.workload.topic, [first])
    desk.workload.produce([message("held"), message("waits")])
    desk.workload.run()
    desk.workload.claimed(desk.workload.me("uid"))

    shown = desk.run("show", "over")
    assert "succeeded in attempt 1" in shown
    assert "trace  4bf92f3577b34da6a3ce929d0e0e4736" in shown
    assert f"group {desk.workload.group}.job.uid" in desk.run("show", "held")
    assert "none yet" in desk.run("show", "waits")
    assert "has the jobId nobody" in desk.run("show", "nobody", code=2)


def test_a_claim_is_listed_with_its_job(make_desk: MakeDesk) -> None:
    desk = make_desk()
    assert "No message is claimed" in desk.run("claims")
    desk.workload.produce([message("a")])
    desk.workload.claimed(desk.workload.me("uid", job="runner-1"))

    [claim] = [json.loads(line) for line in desk.run("claims", "--json").splitlines() if line[0] == "{"]

    assert (claim["job"], claim["jobUid"], claim["offsets"], claim["state"]) == (
        "runner-1",
        "uid",
        [0],
        "unknown",
    )


def test_without_brokers_the_option_and_the_variable_are_named(make_desk: MakeDesk) -> None:
    desk = make_desk()

    assert "--brokers HOST:PORT or KAFKA_BROKERS" in desk.run("status", "--brokers", "", code=2)
