"""JSON without its loose ends: one value per key, bounded depth, real numbers, text that UTF-8 can carry."""

import codecs
import json
import math
import re
from typing import Any

from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.fields import child, quoted

#: levels of lists and objects inside each other
MAX_DEPTH = 100
#: digits of an integer; Python may refuse to print longer ones (sys.set_int_max_str_digits)
MAX_DIGITS = 640

_SURROGATE = re.compile(r"[\ud800-\udfff]")


class _Pairs(list[tuple[str, Any]]):
    """An object as it stands in the text, with keys that may repeat."""


class _Unusable(str):
    """A number that can't be used, in words. The parser knows no paths, so the refusal comes later."""


def parse_bytes(raw: bytes, path: str) -> Any:
    """The JSON value in UTF-8 bytes, with or without a byte order mark."""
    if raw.startswith(b"\0"):
        raise EnvelopeError(path, "expected plain JSON, found a zero byte first, as schema registries put it")
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x} at offset {error.start}"
        raise EnvelopeError(path, f"expected UTF-8 text, found {found}") from None
    return parse_text(text, path)


def parse_text(text: str, path: str) -> Any:
    """The JSON value in a text; `path` is where the text comes from."""
    if not text.strip():
        raise EnvelopeError(path, "expected JSON, found nothing")
    try:
        tree = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_Pairs,
            parse_constant=_constant,
            parse_float=_fraction,
            parse_int=_integer,
        )
        return _plain(tree, path, 0)
    except json.JSONDecodeError as error:
        reason = error.msg.removesuffix(" at").removesuffix(" starting").rstrip(": ")
        where = f"line {error.lineno} column {error.colno}"
        raise EnvelopeError(path, f"expected JSON, found a mistake at {where} ({reason})") from None
    except RecursionError:
        problem = f"expected at most {MAX_DEPTH} levels of nesting, found more"
        raise EnvelopeError(path, problem) from None


def _constant(name: str) -> _Unusable:
    return _Unusable(f"{name}, which JSON does not have")


def _fraction(text: str) -> float | _Unusable:
    number = float(text)
    return number if math.isfinite(number) else _Unusable(f"{quoted(text)}, which is too large")


def _integer(digits: str) -> int | _Unusable:
    return int(digits) if len(digits) <= MAX_DIGITS else _Unusable(f"one of {len(digits)} digits")


def _plain(node: Any, path: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise RecursionError
    match node:
        case _Pairs():
            return _object(node, path, depth)
        case list():
            return [_plain(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(node)]
        case _Unusable():
            raise EnvelopeError(path, f"expected a number, found {node}")
        case str():
            _check_text(node, path)
    return node


def _object(pairs: _Pairs, path: str, depth: int) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        where = child(path, key)
        _check_text(key, where)
        if key in members:
            raise EnvelopeError(where, "expected each key once, found this one twice")
        members[key] = _plain(value, where, depth + 1)
    return members


def _check_text(text: str, path: str) -> None:
    half = None if text.isascii() else _SURROGATE.search(text)
    if half:
        problem = f"expected characters, found half of a surrogate pair (U+{ord(half.group()):X})"
        raise EnvelopeError(path, problem)
