"""Timeouts as people write them: seconds in some clients, milliseconds in others."""

import re
from decimal import Decimal

from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.fields import Field, Notes, quoted

#: seconds
MAX_TIMEOUT = 24 * 60 * 60
#: from this number on, a number without a unit is read as milliseconds, as in Gemini's and FastMCP's files
FIRST_MILLISECONDS = 1000

_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_WITH_UNIT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?) ?(ms|s|m|h)")
_EXPECTED = 'a number with its unit, such as "500ms", "30s" or "2m"'


def read_timeout(field: Field, notes: Notes) -> float | None:
    """Seconds, None where the field is absent. A number without a unit gets a warning."""
    match field.value:
        case None:
            return None
        case str() as text:
            return _bounded(field, _with_unit(field, text))
        case bool() | list() | dict():
            raise field.refuse(_EXPECTED)
        case number:
            return _without_unit(field, number, notes)


def _with_unit(field: Field, text: str) -> Decimal:
    parts = _WITH_UNIT.fullmatch(text.strip().lower())
    if not parts:
        raise EnvelopeError(field.path, f"expected {_EXPECTED}, found {quoted(text)}")
    return Decimal(parts[1]) * _SECONDS[parts[2]]


def _without_unit(field: Field, number: int | float, notes: Notes) -> float:
    unit, word = ("ms", "milliseconds") if number >= FIRST_MILLISECONDS else ("s", "seconds")
    seconds = _bounded(field, Decimal(str(number)) * _SECONDS[unit])
    notes.warnings.append(f"{field.path} has no unit: {number} was read as {word}")
    return seconds


def _bounded(field: Field, seconds: Decimal) -> float:
    if not 0 < seconds <= MAX_TIMEOUT:
        problem = f"expected more than 0 and at most {MAX_TIMEOUT} seconds, found {seconds:.6g}"
        raise EnvelopeError(field.path, problem)
    return float(seconds)
