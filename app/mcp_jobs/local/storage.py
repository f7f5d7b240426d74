"""A broker's storage, formatted as Kafka wants it before the first start."""

import base64
import os
import shutil
import subprocess
import uuid
from pathlib import Path

from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local.installation import Installation
from mcp_jobs.local.java import java_environment
from mcp_jobs.local.options import BrokerOptions

_META, _CHECKPOINT = "meta.properties", "bootstrap.checkpoint"
_FORMAT_SECONDS = 60.0


def format_storage(kafka: Installation, config: Path, logs: Path, options: BrokerOptions) -> None:
    """Format the log directory that a server.properties names, unless it is already.

    Kafka's own StorageTool does it once per installation. What it writes is the same for every cluster but
    for three ids, so later on the checkpoint of the features is copied: that saves starting one more Java.
    """
    if (logs / _META).exists():
        return
    cluster = options.cluster_id or random_id()
    checkpoint = kafka.directory / _CHECKPOINT
    if not checkpoint.exists():
        _run_storage_tool(kafka, config, cluster)
        _put(logs / _CHECKPOINT, checkpoint)
        return
    logs.mkdir(parents=True, exist_ok=True)
    _put(checkpoint, logs / _CHECKPOINT)
    ids = {
        "version": "1",
        "cluster.id": cluster,
        "node.id": str(options.node_id),
        "directory.id": random_id(),
    }
    text = "".join(f"{name}={value}\n" for name, value in ids.items())
    (logs / _META).write_text(text, encoding="ascii")


def random_id() -> str:
    """Return a new id in the form Kafka gives its clusters and directories."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass  # Kafka has none that starts like an option either
    return text


def _put(source: Path, target: Path) -> None:
    # Under its name only when all of it is there: another process may read it at the same moment.
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copyfile(source, fresh)
    fresh.replace(target)


def _run_storage_tool(kafka: Installation, config: Path, cluster_id: str) -> None:
    arguments = ("format", "--cluster-id", cluster_id, "--config", str(config))
    flags = ("-Xmx64m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
    result = subprocess.run(
        kafka.command("kafka.tools.StorageTool", *arguments, flags=flags),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=java_environment(),
        timeout=_FORMAT_SECONDS,
        check=False,
    )
    if result.returncode != 0:
        said = result.stdout.decode(errors="replace").strip()
        raise LocalPlatformError(f"Kafka's storage can't be formatted: {said}")
