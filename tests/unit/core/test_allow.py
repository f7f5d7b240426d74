"""The allow-list as a whole."""

import json
from typing import Any

import pytest

from mcp_jobs.core.allow import NOTHING, Allow, parse_allow, read_allow
from mcp_jobs.core.errors import AllowError
from mcp_jobs.core.servers import ClientCredentials, Server, Transport

TIME = Server(name="time", transport=Transport.STDIO, command="clock", args=("--zone", "UTC"))
REMOTE = Server(name="far", transport=Transport.SSE, url="https://api.example.com/mcp/secret-path?key=1")


@pytest.mark.parametrize("text", ["", "  ", "{}", '{"commands": [], "urls": [], "env": []}'])
def test_without_rules_everything_is_refused(text: str) -> None:
    allow = read_allow(text)
    assert allow == NOTHING
    assert allow.judge(TIME).reason == (
        'is refused: no rule allows its command; add "clock --zone UTC" to runner.allow.commands'
    )
    assert allow.judge(REMOTE).reason == (
        'is refused: no rule allows https://api.example.com; add "api.example.com" to runner.allow.urls'
    )


def test_the_rule_that_allows_a_server_is_named() -> None:
    allow = parse_allow({"commands": ["other", "clock --zone *"], "urls": ["*.example.com"]})
    assert (allow.judge(TIME).rule, allow.judge(REMOTE).rule) == ("clock --zone *", "*.example.com")


def test_everything_has_to_be_said_in_so_many_words() -> None:
    allow = read_allow('"everything"')
    assert allow.everything
    assert allow.judge(TIME).allowed
    assert allow.judge(REMOTE).allowed


def test_a_tenants_rules_are_added_to_those_of_all() -> None:
    tree = {"commands": ["clock"], "env": ["A_*"], "tenants": {"acme": {"commands": ["clock --zone *"]}}}
    assert not parse_allow(tree).judge(TIME).allowed
    assert not parse_allow(tree, "other").judge(TIME).allowed
    acme = parse_allow(tree, "acme")
    assert acme.judge(TIME).allowed
    assert [rule.text for rule in acme.commands] == ["clock", "clock --zone *"]
    assert acme.env == ("A_*",)


def test_a_login_goes_only_where_a_rule_says() -> None:
    allow = parse_allow({"urls": ["api.example.com"]})
    auth = ClientCredentials(issuer="https://login.evil.example/")
    server = Server(name="far", transport=Transport.SSE, url="https://api.example.com/mcp", auth=auth)
    assert "no rule allows https://login.evil.example" in allow.judge(server).reason
    both = parse_allow({"urls": ["api.example.com", "login.evil.example"]})
    assert both.judge(server).allowed


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        ([], "runner.allow: expected an object"),
        ("*", "runner.allow: expected an object"),
        ({"comands": []}, "runner.allow.comands: expected one of commands, urls, env, tenants"),
        ({"commands": "clock"}, "runner.allow.commands: expected a list of strings"),
        ({"urls": [1]}, "runner.allow.urls: expected a list of strings"),
        ({"commands": ["clock", "sh *"]}, "runner.allow.commands[1] 'sh *': sh runs whatever"),
        ({"urls": ["*"]}, "runner.allow.urls[0] '*': expected [http://]host"),
        ({"env": ["*"]}, "runner.allow.env[0] '*': expected a variable's name"),
        ({"tenants": []}, None),
        ({"tenants": {"acme": []}}, "runner.allow.tenants.acme: expected an object"),
        ({"tenants": {"acme": {"tenants": {}}}}, "runner.allow.tenants.acme.tenants: expected one of"),
        ({"tenants": {"acme": {"urls": ["*"]}}}, "runner.allow.tenants.acme.urls[0] '*': expected"),
    ],
)
def test_a_bad_rule_is_named_whichever_tenants_it_is(tree: Any, sentence: str | None) -> None:
    if sentence is None:
        assert parse_allow(tree) == NOTHING
        return
    with pytest.raises(AllowError) as caught:
        read_allow(json.dumps(tree))
    assert sentence in str(caught.value)


def test_what_is_no_json_is_said_so() -> None:
    with pytest.raises(AllowError, match=r"runner\.allow: expected JSON"):
        read_allow("{commands")


@pytest.mark.parametrize(
    "args",
    [
        ("--api-key", "hunter2hunter2"),
        ("--token=hunter2hunter2",),
        ("postgres://admin:hunter2hunter2@db/x",),
        ("-H", "Authorization: Bearer hunter2hunter2"),
    ],
)
def test_no_secret_is_shown_in_a_refusal(args: tuple[str, ...]) -> None:
    server = Server(name="s", transport=Transport.STDIO, command="db", args=args)
    verdict = Allow().judge(server)
    assert not verdict.allowed
    assert "hunter2" not in verdict.reason
    assert "secret-path" not in Allow().judge(REMOTE).reason


@pytest.mark.parametrize("rule", ["", "*", "9X", "A=B", "A*B", "A B", "É"])
def test_a_rule_for_a_variable_is_a_name_or_the_beginning_of_names(rule: str) -> None:
    with pytest.raises(AllowError, match=r"runner\.allow\.env\[0\]"):
        parse_allow({"env": [rule]})
