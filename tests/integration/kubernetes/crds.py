"""The custom resource definitions of what the chart may be installed beside, from their projects' Go modules.

`python -m integration.kubernetes.crds` downloads them.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

#: module, directory, files
_SOURCES = (
    (
        "github.com/kedacore/keda/v2@v2.21.0",
        "config/crd/bases",
        ("keda.sh_scaledjobs.yaml", "keda.sh_triggerauthentications.yaml"),
    ),
    (
        "github.com/cert-manager/cert-manager@v1.21.2",
        "deploy/crds",
        ("cert-manager.io_certificates.yaml", "cert-manager.io_issuers.yaml"),
    ),
    (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd",
        ("monitoring.coreos.com_prometheusrules.yaml", "monitoring.coreos.com_servicemonitors.yaml"),
    ),
)


def definitions() -> Iterator[dict[str, Any]]:
    """Each as an object. The first time, Go downloads them."""
    for module, directory, names in _SOURCES:
        place = _download(module) / directory
        for name in names:
            yield yaml.load((place / name).read_text(encoding="utf-8"), yaml.CSafeLoader)


def _download(module: str) -> Path:
    """Where Go's cache has the module."""
    command = ["go", "mod", "download", "-json", module]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise AssertionError(f"custom resource definitions come from {module}: install Go") from None
    answer = json.loads(done.stdout)
    assert "Dir" in answer, answer.get("Error") or done.stderr
    return Path(answer["Dir"])


if __name__ == "__main__":
    for source, *_ in _SOURCES:
        _download(source)
