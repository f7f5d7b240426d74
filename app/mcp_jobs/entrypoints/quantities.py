"""Durations, rates and bursts as people write them on a command line."""

import re

import typer

from mcp_jobs.core.tuning.load import Burst
from mcp_jobs.core.tuning.spread import Fixed, Lognormal, Spread

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|m|h)")
_BURST = re.compile(r"(\d+)(?:@(.+))?")


class Durations(tuple[float, ...]):
    """Several, in seconds."""


class Counts(tuple[int, ...]):
    """Several numbers."""


def duration(text: str) -> float:
    """Seconds, of `500ms`, `30s`, `5m` or `1h`."""
    parts = _DURATION.fullmatch(text.strip())
    if not parts:
        raise typer.BadParameter(f"expected a number with its unit, such as 500ms, 30s or 5m, found {text!r}")
    return float(parts[1]) * _SECONDS[parts[2]]


def rate(text: str) -> float:
    """A second, of `2/s`, `90/m` or `500/h`."""
    parts = _RATE.fullmatch(text.strip())
    if not parts:
        raise typer.BadParameter(f"expected a rate such as 2/s, 90/m or 500/h, found {text!r}")
    return float(parts[1]) / _SECONDS[parts[2]]


def burst(text: str) -> Burst:
    """Messages at once, of `100` (at the start) or `100@2m`."""
    parts = _BURST.fullmatch(text.strip())
    if not parts:
        raise typer.BadParameter(f"expected a number of messages and when, such as 100@2m, found {text!r}")
    return Burst(int(parts[1]), duration(parts[2]) if parts[2] else 0.0)


def spread(text: str) -> Spread:
    """Times, of `5s` (always) or `5s,20s` (median and 95th percentile)."""
    first, _, last = text.partition(",")
    median = duration(first)
    if not last:
        return Fixed(median)
    p95 = duration(last)
    if not 0 < median <= p95:
        raise typer.BadParameter(
            f"expected the median and a 95th percentile that is not less, found {text!r}"
        )
    return Lognormal(median, p95)


def durations(text: str) -> Durations:
    """Seconds, of `1s,5s,30s`."""
    return Durations(duration(part) for part in text.split(","))


def counts(text: str) -> Counts:
    """Numbers, of `10,50,100`."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise typer.BadParameter(f"expected numbers from 1 on, such as 10,50,100, found {text!r}")
    return Counts(int(part) for part in parts)
