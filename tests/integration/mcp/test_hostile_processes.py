"""Server processes that mean harm: the message fails in its time, and nothing of them is left."""

import json
from pathlib import Path

import pytest

from integration.mcp.harness import run, stdio
from mcp_jobs.adapters.mcp.group import lives
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.core.failure import FailureClass

#: answers the first request with what `body` makes of its id, or with nothing
ANSWER = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if "id" in request:
        print(BODY.replace("ID", str(request["id"])), flush=True)
"""
NESTED = '{"jsonrpc":"2.0","id":ID,"result":' + '{"a":' * 50_000 + "1" + "}" * 50_001
FLOOD = """
import sys
while True:
    sys.stdout.write('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}\\n')
"""
#: every process forks until there are a hundred, none of which heeds SIGTERM
BOMB = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write(str(os.getpgid(0)))
for _ in range(7):
    os.fork()
time.sleep(600)
"""


def test_json_of_any_depth_is_the_servers_failure(surroundings: Surroundings) -> None:
    server = stdio("deep", "-c", f"BODY = {NESTED!r}" + ANSWER, timeout_seconds=20)
    failure = run(surroundings, [server]).failure
    assert failure is not None
    assert failure.kind is not FailureClass.INTERNAL
    assert len(json.dumps(failure.to_json())) < 3000


def test_a_flood_of_notifications_ends_with_the_time_to_start(surroundings: Surroundings) -> None:
    failure = run(surroundings, [stdio("flood", "-c", FLOOD, timeout_seconds=4)]).failure
    assert failure is not None
    assert (failure.kind, failure.retriable) == (FailureClass.TIMEOUT, True)


@pytest.mark.timeout(240)
def test_a_fork_bomb_ends_with_its_group(surroundings: Surroundings, tmp_path: Path) -> None:
    note = tmp_path / "group"
    failure = run(surroundings, [stdio("bomb", "-c", BOMB, str(note), timeout_seconds=5)]).failure
    assert failure is not None
    assert failure.kind in (FailureClass.TIMEOUT, FailureClass.SPAWN)
    assert not lives(int(note.read_text(encoding="utf-8")))
