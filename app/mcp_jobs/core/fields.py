"""Fields of a message, read one by one. A refusal names the path, what was expected and what was found."""

import re
from dataclasses import dataclass, field
from typing import Any

from mcp_jobs.core.errors import EnvelopeError

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def child(path: str, key: str) -> str:
    """The path of an object's member: `path.key`, or `path['odd key']`."""
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{quoted(key, limit=128)}]"
    return f"{path}.{key}" if path else key


def quoted(text: str, limit: int = 40) -> str:
    """A short, printable excerpt of a text that can't be a secret."""
    return repr(text if len(text) <= limit else text[:limit] + "…")


def found(value: object) -> str:
    """What a value is, in words. Texts are never shown: any of them may be a secret."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}" if len(repr(value)) <= 20 else "a long number"
        case str():
            return "a string" if value else "an empty string"
        case list():
            return "a list" if value else "an empty list"
    return "an object" if value else "an empty object"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its path and JSON value. None stands for null and for absent, as serialisers mix them."""

    path: str
    value: Any

    @property
    def given(self) -> bool:
        """Whether the message has this field."""
        return self.value is not None

    def refuse(self, expected: str) -> EnvelopeError:
        """The error for a value of the wrong kind."""
        return EnvelopeError(self.path, f"expected {expected}, found {found(self.value)}")

    def required(self, expected: str) -> "Field":
        """This field, which must be given."""
        if not self.given:
            raise EnvelopeError(self.path, f"expected {expected}, found nothing")
        return self

    def text(self, *, lines: bool = False) -> str:
        """A string without control characters; `lines` allows tabs and line ends."""
        if not isinstance(self.value, str):
            raise self.refuse("a string")
        bad = (_CONTROL_IN_LINES if lines else _CONTROL).search(self.value)
        if bad:
            code = f"U+{ord(bad.group()):04X}"
            raise EnvelopeError(
                self.path, f"expected no control characters, found {code} at position {bad.start()}"
            )
        return self.value

    def name(self) -> str:
        """A string with something other than blanks in it, and no control characters."""
        text = self.text()
        if not text.strip():
            raise EnvelopeError(self.path, "expected a non-empty string, found an empty one")
        return text

    def flag(self) -> bool:
        """True or false; an absent flag is false."""
        if self.given and not isinstance(self.value, bool):
            raise self.refuse("true or false")
        return bool(self.value)

    def items(self) -> list["Field"]:
        """The elements of a list; an absent list has none."""
        if self.given and not isinstance(self.value, list):
            raise self.refuse("a list")
        return [Field(f"{self.path}[{index}]", item) for index, item in enumerate(self.value or ())]

    def members(self) -> dict[str, "Field"]:
        """The members of an object; an absent object has none."""
        if self.given and not isinstance(self.value, dict):
            raise self.refuse("an object")
        return {key: Field(child(self.path, key), value) for key, value in (self.value or {}).items()}


def agreed(*fields: Field) -> Field:
    """The one that is given of a field's spellings and places. Two with different values are refused."""
    given = [field for field in fields if field.given]
    for other in given[1:]:
        first = given[0]
        if type(other.value) is not type(first.value) or other.value != first.value:
            raise EnvelopeError(other.path, f"expected the same value as {first.path}, found another one")
    return given[0] if given else fields[0]


class Fields:
    """The members of one object, taken by name. What nobody takes is unknown."""

    def __init__(self, field: Field) -> None:
        self.path = field.path
        self.rest = field.required("an object").members()

    def take(self, *spellings: str) -> Field:
        """The member with one of these names; its value is None where the object has none of them."""
        absent = [Field(child(self.path, name), None) for name in spellings]
        return agreed(*(self.rest.pop(name, none) for name, none in zip(spellings, absent, strict=True)))

    def take_rest(self) -> Field:
        """All that is left, as an object of its own."""
        values = {key: member.value for key, member in self.rest.items()}
        self.rest = {}
        return Field(self.path, values)


@dataclass(frozen=True, slots=True)
class Notes:
    """What a reader of the outcome should know about a message that was accepted."""

    unknown_fields: dict[str, Any] = field(default_factory=dict)  #: by path
    warnings: list[str] = field(default_factory=list)

    def keep_rest(self, fields: Fields) -> None:
        """Keep what nobody took."""
        self.unknown_fields.update({member.path: member.value for member in fields.rest.values()})
