"""Traces, where they are set up: the SDK is imported here, and nowhere else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from loguru import logger

from mcp_jobs.core.spans import Span
from mcp_jobs.settings import TracingSettings

#: takes spans and returns at once
Send = Callable[[Sequence[Span]], None]


@contextmanager
def collector(settings: TracingSettings, about: Mapping[str, str] | None = None) -> Iterator[Send | None]:
    """Sends spans for as long as the block lasts, and for a moment after it; None where that is not set up.

    `about` are attributes of the process. Whatever is wrong with a collector is a warning and nothing more.
    """
    if not settings.endpoint:
        yield None
        return
    try:
        from mcp_jobs.adapters.otlp import Collector

        found = Collector(settings.endpoint, {name: value for name, value in (about or {}).items() if value})
    except ImportError:
        logger.warning(
            "no traces are sent: OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry's SDK is not"
            " installed. Install it: pip install 'mcp-jobs[otel]'"
        )
        yield None
        return
    except ValueError as error:
        logger.warning(f"no traces are sent: OpenTelemetry's SDK refuses its OTEL_ variables: {error}")
        yield None
        return
    try:
        yield found.send
    finally:
        found.close()
