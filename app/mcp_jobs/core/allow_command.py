"""Rules for commands: a line as a shell reads it, matched word by word against a command with arguments."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from mcp_jobs.core.allow_launcher import is_launcher, launcher_problem, program_index
from mcp_jobs.core.errors import AllowError

#: the last word of a rule that lets any arguments follow
REST = "..."
#: wildcards in one word, and characters of an argument that one matches: both bound the time of a match
MAX_WILDCARDS = 3
MAX_WILD_CHARS = 256

_WILDCARD = re.compile(r"(\*+)")
_MEANING = {
    # A name or a version: no slash, no colon, no leading dot or dash, no two dots in a row.
    "*": r"[A-Za-z0-9_](?:[.+-]?[A-Za-z0-9_])*",
    # A path or a URL as well, but nothing that a shell would read in another way.
    "**": r"[A-Za-z0-9_/][A-Za-z0-9_./:@%+=,~?&#-]*",
}
_DOTS = re.compile(r"(?:^|[/=:])\.{1,2}(?:/|$)|\.\./|/\.\.")
_ARCHIVE = re.compile(r"\.(?:tgz|tar|tar\.[a-z0-9]+|zip|whl)$", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_PATH = re.compile(r"(?:/[A-Za-z0-9_.+@-]+)+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a rule: an argument, or a pattern for it. `program`: it names what a launcher runs."""

    text: str
    pattern: re.Pattern[str] | None
    program: bool = False

    def matches(self, argument: str) -> bool:
        """Whether the argument is this word, or fits its pattern."""
        if self.pattern is None:
            return argument == self.text
        return (
            len(argument) <= MAX_WILD_CHARS
            and self.pattern.fullmatch(argument) is not None
            and not _DOTS.search(argument)
            and not (self.program and (is_launcher(argument) or _ARCHIVE.search(argument)))
        )


@dataclass(frozen=True, slots=True)
class CommandRule:
    """One rule. `text` is the line it was read from; with `rest` any arguments may follow."""

    text: str
    command: str
    words: tuple[Word, ...]
    rest: bool

    def allows(self, command: str, args: Sequence[str]) -> bool:
        """Whether exactly this command with these arguments may be run."""
        if command != self.command or len(args) < len(self.words):
            return False
        if len(args) > len(self.words) and not self.rest:
            return False
        return all(word.matches(argument) for word, argument in zip(self.words, args, strict=False))


def read_command(text: str) -> CommandRule:
    """The rule in a line. Raises AllowError, which says what is wrong with it."""
    if not text.isprintable():
        raise AllowError("it holds control characters")
    try:
        command, *words = shlex.split(text) or [""]
    except ValueError as error:
        raise AllowError(f"it can't be split into words ({error}): close the quotes") from None
    if not (_NAME.fullmatch(command) or (_PATH.fullmatch(command) and not _DOTS.search(command))):
        raise AllowError(
            "its first word is the command's exact name or absolute path, without wildcards and '..'"
        )
    rest = words[-1:] == [REST]
    words = words[:-1] if rest else words
    problem = launcher_problem(command, words, rest=rest)
    if problem:
        raise AllowError(problem)
    program = program_index(command, words)
    read = (_word(word, program=index == program) for index, word in enumerate(words))
    return CommandRule(text, command, tuple(read), rest)


def _word(text: str, *, program: bool) -> Word:
    pieces = _WILDCARD.split(text)
    wildcards = pieces[1::2]
    if not wildcards:
        return Word(text, None)
    if len(wildcards) > MAX_WILDCARDS or any(wildcard not in _MEANING for wildcard in wildcards):
        raise AllowError(f"{text} has more than {MAX_WILDCARDS} wildcards, or another one than * and **")
    if text.startswith("-") and "=" not in pieces[0]:
        raise AllowError(f"{text} could be any option: a wildcard stands only behind the = of an option")
    pattern = "".join(_MEANING.get(piece) or re.escape(piece) for piece in pieces)
    return Word(text, re.compile(pattern, re.ASCII), program)
