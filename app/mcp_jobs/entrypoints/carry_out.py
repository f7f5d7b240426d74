"""One order, carried out here: in the container `servers`, or in a runner that has none beside it."""

import os
import shutil
import tempfile
from pathlib import Path

from loguru import logger

from mcp_jobs.adapters.mcp.limits import Limits, Surroundings
from mcp_jobs.adapters.mcp.work import run_message
from mcp_jobs.core.allow import read_allow
from mcp_jobs.core.order import Order
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.trace import log_fields, parse
from mcp_jobs.settings import ServersSettings


async def carry_out(order: Order, settings: ServersSettings) -> WorkReport:
    """Run an order's servers and calls, in a working directory of their own if none is set."""
    directory = settings.work_dir or Path(tempfile.mkdtemp(prefix="mcp-jobs-"))
    try:
        trace = parse(order.traceparent or "")
        with logger.contextualize(jobId=order.job_id, tenant=order.tenant, **log_fields(trace)):
            return await run_message(
                order.servers,
                order.calls,
                limits=_limits(settings),
                surroundings=_surroundings(settings, directory),
                trace=trace,
            )
    finally:
        if not settings.work_dir:
            shutil.rmtree(directory, ignore_errors=True)


def _surroundings(settings: ServersSettings, directory: Path) -> Surroundings:
    return Surroundings(
        base_env=_variables(settings.base_env) | {"HOME": str(directory), "TMPDIR": tempfile.gettempdir()},
        work_dir=directory,
        env_file_root=settings.env_file_root,
        cwd_root=settings.cwd_root,
        expand=_variables(settings.expand),
        allow=read_allow(settings.allow, settings.tenant),
        api_server=os.environ.get("KUBERNETES_SERVICE_HOST", ""),
    )


def _variables(names: str) -> dict[str, str]:
    """Those of our own variables that are named and set."""
    return {name: os.environ[name] for name in names.split(",") if name in os.environ}


def _limits(settings: ServersSettings) -> Limits:
    return Limits(
        message_seconds=settings.message_timeout_seconds,
        server_start_seconds=settings.start_timeout_seconds,
        call_seconds=settings.call_timeout_seconds,
    )
