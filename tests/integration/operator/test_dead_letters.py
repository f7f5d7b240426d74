"""`mcp-jobs dlq`: listed with why, redriven or dropped once, and chosen by what a person knows of them."""

import json
import shlex

import pytest

from integration.operator.conftest import Desk, MakeDesk
from integration.operator.test_seeing import BROKEN, message


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """Three dead letters: a of acme, b of other, and one that is no envelope."""
    desk = make_desk()
    desk.workload.produce([message("a"), message("b", "other"), b"not an envelope"])
    for _ in range(3):
        desk.workload.run(work=lambda _: BROKEN)
    return desk


def listed(desk: Desk, *options: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in desk.run("dlq", "list", "--json", *options).splitlines()]


def test_a_dead_letter_is_listed_with_its_class_and_reason(desk: Desk) -> None:
    letters = {str(letter["jobId"]): letter for letter in listed(desk)}

    assert len(letters) == 3
    assert (letters["a"]["class"], letters["a"]["tenant"], letters["a"]["state"]) == ("tool", "acme", "open")
    assert letters[f"{desk.workload.topic}-0-2"]["class"] == "envelope"
    assert "\x1b[2J" not in desk.run("dlq", "list")


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ("--job a --job b", 2),
        ("--class tool", 2),
        ("--tenant other", 1),
        ("--class tool --tenant other", 1),
        ("--since 36500d", 3),
        ("--since 1h", 0),  # the runs of these tests are of the year 2023
    ],
)
def test_letters_are_chosen_by_filters(desk: Desk, options: str, count: int) -> None:
    assert len(listed(desk, *options.split())) == count


def test_an_age_that_is_none_is_refused(desk: Desk) -> None:
    assert "write for example 90s, 15m, 2h or 7d" in desk.run("dlq", "list", "--since", "soon", code=2)


def test_a_dry_run_and_a_no_change_nothing(desk: Desk) -> None:
    desk.run("dlq", "redrive", "--dry-run")
    desk.run("dlq", "redrive", text="n\n", code=1)

    assert desk.workload.lags() == {0: 0}
    assert len(listed(desk)) == 3


def test_what_is_redriven_runs_again_and_is_not_listed_any_more(desk: Desk) -> None:
    assert "2 messages redriven" in desk.run("dlq", "redrive", "--class", "tool", "--yes")
    while any(desk.workload.lags().values()):
        desk.workload.run()

    assert len(listed(desk)) == 1
    assert {str(letter["state"]) for letter in listed(desk, "--all")} == {"open", "redriven"}
    assert desk.run("outcomes", "--job", "a").count("succeeded") == 1


def test_after_a_redrive_waiting_is_for_the_copy(desk: Desk) -> None:
    wait = ["wait", "a", "--timeout", "1"]
    assert "it broke" in desk.run(*wait, code=1)
    said = desk.run("dlq", "redrive", "--job", "a", "--yes")
    typed = f"mcp-jobs wait --topic {desk.workload.topic} --group {desk.workload.group} -- a"
    assert typed in said
    assert "no outcome within 1 s of 1 jobId: a" in desk.run(*wait, code=1)

    desk.workload.run()

    assert "succeeded" in desk.run(*shlex.split(typed)[1:])


def test_a_copy_that_fails_again_is_not_waited_for_any_longer(desk: Desk) -> None:
    desk.run("dlq", "redrive", "--job", "a", "--yes")
    desk.workload.run(work=lambda _: BROKEN)

    [outcome] = desk.lines("wait", "a", code=1)

    assert (outcome["status"], outcome["offset"]) == ("failed", 3)


def test_a_jobid_in_a_command_to_be_typed_is_one_word(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.workload.produce([message("$(reboot); a")])
    desk.workload.run(work=lambda _: BROKEN)

    assert "-- '$(reboot); a'" in desk.run("dlq", "redrive", "--yes")


def test_nobody_is_told_to_wait_for_an_id_that_no_copy_will_have(desk: Desk) -> None:
    said = desk.run("dlq", "redrive", "--class", "envelope", "--yes")

    assert f"mcp-jobs outcomes --topic {desk.workload.topic} --follow" in said
    assert "mcp-jobs wait" not in said


def test_redriving_and_dropping_say_as_json_what_became_of_each(desk: Desk) -> None:
    a = {"jobId": "a", "partition": 0, "offset": 0}
    assert desk.lines("dlq", "redrive", "--job", "a", "--yes") == [a | {"result": "redriven"}]
    assert desk.lines("dlq", "drop", "--job", "b", "--yes") == [
        {"jobId": "b", "partition": 0, "offset": 1, "result": "dropped"}
    ]
    assert desk.lines("dlq", "redrive", "--job", "a", "--yes") == []


def test_a_dropped_letter_is_not_redriven(desk: Desk) -> None:
    assert "1 message dropped" in desk.run("dlq", "drop", "--job", "a", "--yes")

    assert "2 messages redriven" in desk.run("dlq", "redrive", "--yes")


def test_a_letter_is_shown_with_its_message(desk: Desk) -> None:
    shown = desk.run("dlq", "show", "b")

    assert '"jobId": "b"' in shown
    assert "it broke" in shown
    desk.run("dlq", "show", "nobody", code=1)
