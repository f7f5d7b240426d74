"""The local platform does what KEDA and Kubernetes do: one Job per message, retries, one outcome each."""

import os
import signal
from pathlib import Path

import pytest
from kafka import KafkaProducer

from integration.local.ended import ended
from integration.platform.harness import (
    SERVERS,
    TIME,
    WHAT_TIME,
    envelope,
    options,
    platform_on,
    produce_to,
    settle_all,
    shell,
    turn_until,
)
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.adapters.kafka.outcomes import Tail
from mcp_jobs.core import dead_letter
from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.entrypoints.local import Stage
from mcp_jobs.entrypoints.local_run import Finish
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.job import Job
from mcp_jobs.local.runners import Runner


def runner_pid(job: Job) -> int:
    runner = job.child
    assert isinstance(runner, Runner)
    assert runner.pid is not None
    return runner.pid


def kill_runner_once_claimed(stage: Stage) -> Job:
    """Wait until the only Job shows its claim, and kill its runner."""
    turn_until(stage, lambda: bool(stage.platform.scaledjob.jobs))
    [job] = stage.platform.scaledjob.jobs
    failures = job.failures
    turn_until(stage, lambda: not job.pending)
    os.kill(runner_pid(job), signal.SIGKILL)
    turn_until(stage, lambda: job.failures == failures + 1)
    return job


def test_a_real_server_answers_a_call_of_the_message(kafka: Broker, topic: str, tmp_path: Path) -> None:
    with platform_on(options(kafka, topic, tmp_path)) as stage:
        [place] = produce_to(stage, [envelope("what-time", TIME, WHAT_TIME)])
        settle_all(stage)
        outcome = stage.platform.board.outcomes[place]
    assert (outcome["jobId"], outcome["status"], outcome["attempt"]) == ("what-time", "succeeded", 1)
    assert outcome["servers"][0]["serverDetails"]["serverInfo"]["name"] == "mcp-time"
    assert outcome["calls"][0]["result"]["structuredContent"]["timezone"] == "UTC"


def test_every_one_of_many_messages_gets_one_job_and_one_outcome(
    kafka: Broker, topic: str, tmp_path: Path
) -> None:
    most = 0
    with platform_on(options(kafka, topic, tmp_path, max_replicas=12)) as stage:
        places = produce_to(stage, [b'{"jobId": "%d"}' % number for number in range(60)])
        platform, board = stage.platform, stage.platform.board

        def done() -> bool:
            nonlocal most
            most = max(most, len(platform.scaledjob.jobs))
            return not board.missing and not platform.busy and len(board.dead_letters) == 60

        turn_until(stage, done, seconds=100)
        assert set(board.outcomes) == set(board.dead_letters) == set(places)
        assert {dead.kind for dead in board.dead_letters.values()} == {"envelope"}
        assert (board.repeated, len(platform.scaledjob.created), platform.empty_jobs) == (0, 60, 0)
        assert platform.read_lag() == 0
    assert most == 12
    assert len(list(tmp_path.glob("mcp-jobs-*.log"))) == 60


def test_a_killed_runner_is_started_again_with_the_same_uid(
    kafka: Broker, topic: str, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    server = shell(f'if [ -e "{mark}" ]; then time; fi; touch "{mark}"; sleep 600')
    with platform_on(options(kafka, topic, tmp_path)) as stage:
        [place] = produce_to(stage, [envelope("phoenix", server, WHAT_TIME)])
        turn_until(stage, mark.exists)
        job = kill_runner_once_claimed(stage)
        settle_all(stage)
        outcome = stage.platform.board.outcomes[place]
        assert (outcome["status"], outcome["attempt"]) == ("succeeded", 2)
        assert outcome["job"] == {"name": job.name, "uid": job.uid, "pod": f"{job.name}-2"}
        assert stage.platform.scaledjob.created == {job.uid}


def test_a_message_whose_runners_are_all_killed_becomes_one_dead_letter(
    kafka: Broker, topic: str, tmp_path: Path
) -> None:
    with platform_on(options(kafka, topic, tmp_path, max_attempts=2)) as stage:
        [place] = produce_to(stage, [envelope("doomed", shell("sleep 600"))])
        kill_runner_once_claimed(stage)
        job = kill_runner_once_claimed(stage)
        settle_all(stage)
        outcome, dead = stage.platform.board.outcomes[place], stage.platform.board.dead_letters[place]
        assert (outcome["jobId"], outcome["error"]["class"], outcome["attempt"]) == ("doomed", "attempts", 2)
        assert outcome["job"]["uid"] == job.uid
        assert (dead.kind, dead.attempts) == ("attempts", 2)
        assert dead.reason.startswith(
            "2 attempts ended without an outcome: the last runner was killed by SIGKILL"
        )
        assert stage.platform.board.repeated == 0


def test_a_killed_runners_servers_end_with_it(kafka: Broker, topic: str, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    stubborn = {"command": TIME["command"], "args": [str(SERVERS / "stubborn.py"), str(pid_file)]}
    with platform_on(options(kafka, topic, tmp_path, max_attempts=1)) as stage:
        produce_to(stage, [envelope("stubborn", stubborn)])
        turn_until(stage, lambda: pid_file.exists() and bool(pid_file.read_text()))
        server = int(pid_file.read_text())
        kill_runner_once_claimed(stage)
        assert ended(server, seconds=20)
        settle_all(stage)


def test_a_platform_that_ends_early_settles_its_claims_on_a_kafka_that_lives_on(
    kafka: Broker, topic: str, tmp_path: Path
) -> None:
    with platform_on(options(kafka, topic, tmp_path)) as stage:
        [place] = produce_to(stage, [envelope("left", shell("sleep 600"))])
        turn_until(stage, lambda: any(not job.pending for job in stage.platform.scaledjob.jobs))
    with platform_on(options(kafka, topic, tmp_path)) as later:
        assert later.platform.read_lag() == 0
        with Connection({"bootstrap_servers": [kafka.bootstrap_servers]}) as connection:
            tail = Tail(connection, later.kafka.dead_letters, start={})
            [dead] = filter(None, map(dead_letter.read, tail.poll()))
    assert (dead.place, dead.kind) == (place, "attempts")
    assert dead.reason.startswith("one attempt ended without an outcome: the platform was stopped")


def test_the_lag_becomes_0_over_markers_and_aborted_messages(
    kafka: Broker, topic: str, tmp_path: Path
) -> None:
    with platform_on(options(kafka, topic, tmp_path)) as stage:
        producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, transactional_id=topic)
        producer.init_transactions()
        for commit in (True, False, True):
            producer.begin_transaction()
            producer.send(topic, b"not json", partition=0).get(timeout=20)
            if commit:
                producer.commit_transaction()
            else:
                producer.abort_transaction()
        producer.close()
        platform = stage.platform
        turn_until(stage, lambda: len(platform.board.outcomes) == 2 and not platform.busy)
        turn_until(stage, lambda: platform.read_lag() == 0 and not platform.busy)


def test_a_batch_of_messages_shares_a_job(kafka: Broker, topic: str, tmp_path: Path) -> None:
    chosen = options(kafka, topic, tmp_path, partitions=1, lag_threshold=5, max_replicas=1)
    with platform_on(chosen) as stage:
        produce_to(stage, [b"{%d" % number for number in range(10)])
        settle_all(stage)
        assert len(stage.platform.scaledjob.created) == 2


def test_an_env_file_is_read_under_the_given_root(kafka: Broker, topic: str, tmp_path: Path) -> None:
    (tmp_path / "job.env").write_text("PROOF=found\n", encoding="utf-8")
    server = {**shell('echo "proof: $PROOF" >&2; exit 3'), "envFile": "job.env"}
    with platform_on(options(kafka, topic, tmp_path, max_attempts=1)) as stage:
        [place] = produce_to(stage, [envelope("with-env", server)])
        settle_all(stage)
        assert "proof: found" in stage.platform.board.outcomes[place]["error"]["message"]


def test_a_run_ends_when_its_own_messages_have_outcomes_although_others_keep_coming(
    kafka: Broker, topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcp_jobs.entrypoints.local_run._LINGER", 0.5)
    with platform_on(options(kafka, topic, tmp_path)) as stage, Interruption() as interruption:
        produce_to(stage, [b"{ours"])
        finished = Finish(stage, interruption, timeout=80)
        config = {"bootstrap_servers": [kafka.bootstrap_servers]}

        def over() -> bool:
            produce(config, topic, [Message(b"{others")])
            return finished()

        turn_until(stage, over)
        assert not stage.platform.board.missing
        assert not stage.platform.busy
        assert stage.platform.read_lag() != 0


def test_runners_that_never_claim_end_the_platform_with_their_reason(
    kafka: Broker, topic: str, tmp_path: Path
) -> None:
    with platform_on(options(kafka, topic, tmp_path, max_attempts=1)) as stage:
        produce_to(stage, [b"{}"])
        stage.platform.runners.settings["RUNNER_BATCH_SIZE"] = "none"
        with pytest.raises(LocalPlatformError, match=r"failed before they claimed .* RUNNER_BATCH_SIZE"):
            turn_until(stage, lambda: False)
