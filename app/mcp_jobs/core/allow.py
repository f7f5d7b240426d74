"""What an installation lets messages run: an allow-list of commands, URLs and variables. Nothing else passes.

The rules are the chart's `runner.allow`; docs/allow.md explains them.
"""

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from mcp_jobs.core.allow_command import CommandRule, read_command
from mcp_jobs.core.allow_env import read_env, risky_name, usable_name
from mcp_jobs.core.allow_url import UrlRule, read_target, read_url
from mcp_jobs.core.errors import AllowError
from mcp_jobs.core.fields import quoted
from mcp_jobs.core.secret_places import secrets_of
from mcp_jobs.core.servers import ClientCredentials, Server

#: instead of rules: whatever a message asks for. For one's own messages on one's own machine.
EVERYTHING = "everything"
#: where the rules are, for sentences
VALUE = "runner.allow"
#: characters of a rule that is proposed in a sentence
MAX_PROPOSAL = 400
_LISTS = ("commands", "urls", "env")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rule` is the one that allows the server; where none does, `reason` completes "server 'x' ..."."""

    allowed: bool
    rule: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Allow:
    """The rules of one workload. Without any, everything is refused."""

    commands: tuple[CommandRule, ...] = ()
    urls: tuple[UrlRule, ...] = ()
    env: tuple[str, ...] = ()
    everything: bool = False

    def judge(self, server: Server) -> Verdict:
        """Whether a message may have this server, before anything of it is started or asked."""
        for name in server.env:
            if (problem := self._env_problem(name)) is not None:
                return Verdict(False, reason=problem)
        if self.everything:
            return Verdict(True, EVERYTHING)
        if server.command is not None:
            return self._judge_command(server.command, server)
        verdict = self._judge_url(server.url or "")
        if verdict.allowed and isinstance(server.auth, ClientCredentials):
            login = self._judge_url(server.auth.issuer)
            return verdict if login.allowed else login
        return verdict

    def url_rule(self, url: str) -> UrlRule | None:
        """The rule that allows a URL."""
        target = read_target(url)
        return next((rule for rule in self.urls if target and rule.allows(target)), None)

    def _env_problem(self, name: str) -> str | None:
        if not usable_name(name):
            return f"has an env entry whose name can't be a variable's: {_shown(name)}"
        if not self.everything and risky_name(name, self.env):
            return (
                f"sets {_shown(name)} in env, which a message may not: it changes what the command runs. "
                f'Set it in the image or in an envFile, or add "{name}" to {VALUE}.env'
            )
        return None

    def _judge_command(self, command: str, server: Server) -> Verdict:
        for rule in self.commands:
            if rule.allows(command, server.args):
                return Verdict(True, rule.text)
        return Verdict(False, reason=f"is refused: no rule allows {_cure(command, server)}")

    def _judge_url(self, url: str) -> Verdict:
        target = read_target(url)
        if target is None:
            return Verdict(
                False,
                reason="is refused: its url is not plain. Write the host in ASCII (xn--...), a login as "
                "headers, and leave out '#', '.', '..' and %2e",
            )
        if (rule := self.url_rule(url)) is not None:
            return Verdict(True, rule.text)
        origin = target.origin.removeprefix("https://")
        return Verdict(
            False, reason=f'is refused: no rule allows {target.origin}; add "{origin}" to {VALUE}.urls'
        )


#: what an installation allows that says nothing
NOTHING = Allow()


def read_allow(text: str, tenant: str = "") -> Allow:
    """The rules in JSON, none where the text is empty. Raises AllowError."""
    if not text.strip():
        return NOTHING
    try:
        tree = json.loads(text)
    except ValueError as error:
        raise AllowError(f"{VALUE}: expected JSON ({error})") from None
    return parse_allow(tree, tenant)


def parse_allow(tree: Any, tenant: str = "") -> Allow:
    """The rules for a workload of this tenant: the lists, and the tenant's own added to them.

    The tenant is the workload's, from the chart: a message's own is its producer's word, and allows nothing.

    Raises:
        AllowError: a rule can't be read; all rules are looked at, also those of other tenants.
    """
    if tree == EVERYTHING:
        return Allow(everything=True)
    problems: list[str] = []
    found = _read_lists(_object(tree, VALUE, (*_LISTS, "tenants"), problems), VALUE, problems)
    tenants = tree.get("tenants") if isinstance(tree, dict) else None
    for name, own in _object(tenants or {}, f"{VALUE}.tenants", None, problems).items():
        path = f"{VALUE}.tenants.{name}"
        more = _read_lists(_object(own, path, _LISTS, problems), path, problems)
        if name == tenant:
            found = Allow(
                commands=found.commands + more.commands, urls=found.urls + more.urls, env=found.env + more.env
            )
    if problems:
        raise AllowError("; ".join(problems))
    return found


def _read_lists(tree: dict[str, Any], path: str, problems: list[str]) -> Allow:
    return Allow(
        commands=_rules(tree.get("commands"), f"{path}.commands", read_command, problems),
        urls=_rules(tree.get("urls"), f"{path}.urls", read_url, problems),
        env=_rules(tree.get("env"), f"{path}.env", read_env, problems),
    )


def _object(tree: Any, path: str, known: Sequence[str] | None, problems: list[str]) -> dict[str, Any]:
    if not isinstance(tree, dict):
        problems.append(f"{path}: expected an object")
        return {}
    if known is not None:
        problems += [f"{path}.{key}: expected one of {', '.join(known)}" for key in tree.keys() - set(known)]
    return tree


def _rules(tree: Any, path: str, read: Callable[[str], T], problems: list[str]) -> tuple[T, ...]:
    if tree is None:
        return ()
    if not isinstance(tree, list) or not all(isinstance(rule, str) for rule in tree):
        problems.append(f"{path}: expected a list of strings")
        return ()
    rules = []
    for index, rule in enumerate(tree):
        try:
            rules.append(read(rule))
        except AllowError as error:
            problems.append(f"{path}[{index}] {quoted(rule, 100)}: {error}")
    return tuple(rules)


def _shown(text: str, limit: int = 100) -> str:
    """A text of a message in ASCII: look-alikes and what turns the writing direction become visible."""
    short = text if len(text) <= limit else text[: limit - 3] + "..."
    return ascii(short)


def _veiled(server: Server) -> list[str]:
    """The arguments with ** for what may be a secret."""
    veiled = list(server.args)
    for secret in sorted(filter(None, secrets_of(server)), key=len, reverse=True):
        veiled = [argument.replace(secret, "**") for argument in veiled]
    return veiled


def _cure(command: str, server: Server) -> str:
    """The command, and the rule that would allow it, made sure of by trying it."""
    words = (command, *_veiled(server))
    line = " ".join(word if "**" in word else shlex.quote(word) for word in words)
    if len(line) <= MAX_PROPOSAL and line.isascii() and _is_rule_for(line, command, server.args):
        return f"its command; add {json.dumps(line)} to {VALUE}.commands"
    return (
        f"{_shown(shlex.join(words), 200)}, and none can be proposed: it is too long, or has odd characters"
    )


def _is_rule_for(line: str, command: str, args: Sequence[str]) -> bool:
    try:
        rule = read_command(line)
    except AllowError:
        return False
    return not rule.rest and rule.allows(command, args)
