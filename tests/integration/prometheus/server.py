"""A real Prometheus, which scrapes helpers every half second. It is Debian's package."""

import json
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from integration.kubernetes.objects import NAMESPACE, RELEASE
from mcp_jobs.local.ports import LOOPBACK, free_ports
from mcp_jobs.local.process import Process

_INTERVAL = "500ms"


class Prometheus:
    """Scrapes ports of this machine under the labels that the chart's ServiceMonitor would give them."""

    def __init__(self, directory: Path, ports: Sequence[int], groups: Sequence[Any]) -> None:
        """Start it with groups of rules; stop() it. Fails where it is not installed."""
        binary = shutil.which("prometheus")
        if not binary:
            raise AssertionError(
                "no Prometheus here: apt-get install prometheus, or run scripts/test as root"
            )
        directory.mkdir()
        (directory / "rules.yml").write_text(yaml.safe_dump({"groups": list(groups)}), encoding="utf-8")
        labels = {"namespace": NAMESPACE, "service": f"{RELEASE}-admission"}
        targets = [f"{LOOPBACK}:{port}" for port in ports]
        settings = {
            "global": {
                "scrape_interval": _INTERVAL,
                "scrape_timeout": _INTERVAL,
                "evaluation_interval": _INTERVAL,
            },
            "rule_files": ["rules.yml"],
            "scrape_configs": [
                {"job_name": "helper", "static_configs": [{"targets": targets, "labels": labels}]}
            ],
        }
        (directory / "prometheus.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        [port] = free_ports(1)
        self._url = f"http://{LOOPBACK}:{port}"
        self._log = directory / "log"
        command = (
            binary,
            f"--config.file={directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
            "--enable-feature=exemplar-storage",
        )
        self._process = Process(command, log=self._log)

    def wait_until_ready(self) -> None:
        """Wait until it answers queries."""
        self.wait_until("start", self._is_ready)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass  # it does not listen yet
        return False

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The samples of an instant query. Fails where the query is none."""
        found: list[dict[str, Any]] = self._get("query", query=query)["result"]
        return found

    def exemplars(self, query: str) -> list[dict[str, str]]:
        """The labels of the exemplars of a query's series, within the last hour."""
        now = time.time()
        found = self._get("query_exemplars", query=query, start=str(now - 3600), end=str(now))
        return [exemplar["labels"] for series in found for exemplar in series["exemplars"]]

    def _get(self, what: str, **asked: str) -> Any:
        url = f"{self._url}/api/v1/{what}?{urllib.parse.urlencode(asked)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{asked}: {error.read().decode()}") from None

    def fired(self) -> set[str]:
        """The alerts that have fired since the start."""
        ever = 'group by (alertname) (last_over_time(ALERTS{alertstate="firing"}[1h]))'
        return {sample["metric"]["alertname"] for sample in self.ask(ever)}

    def wait_until(self, what: str, holds: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for what only asking can tell."""
        deadline = time.monotonic() + seconds
        while not holds():
            if not self._process.running or time.monotonic() > deadline:
                raise AssertionError(
                    f"no {what} within {seconds:g} s:\n{self._log.read_text('utf-8')[-2000:]}"
                )
            time.sleep(0.1)

    def stop(self) -> None:
        """End it; its data stays."""
        self._process.stop(15)
