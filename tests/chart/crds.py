"""KEDA's own schemas, from its Go module: the version the chart is tested with."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator
from jsonschema.protocols import Validator

KEDA = "github.com/kedacore/keda/v2@v2.21.0"


def problems(found: dict[str, Any]) -> list[str]:
    """What KEDA's custom resource definition has against this object; unknown fields too."""
    errors = _validator(found["kind"].lower() + "s").iter_errors(found)
    return [f"{error.json_path}: {error.message}" for error in errors]


@cache
def _validator(plural: str) -> Validator:
    text = (_directory() / f"keda.sh_{plural}.yaml").read_text(encoding="utf-8")
    definition = yaml.load(text, yaml.CSafeLoader)
    (version,) = definition["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    _forbid_unknown_fields(schema)
    return Draft7Validator(schema)


@cache
def _directory() -> Path:
    """Where the definitions are: KEDA_CRDS, or Go's module cache."""
    if given := os.environ.get("KEDA_CRDS"):
        return Path(given)
    try:
        done = subprocess.run(
            ["go", "mod", "download", "-json", KEDA], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        message = f"KEDA's schemas come from the Go module {KEDA}: install Go, or set KEDA_CRDS to a"
        raise AssertionError(f"{message} directory with its config/crd/bases") from None
    answer = json.loads(done.stdout)
    assert "Dir" in answer, answer.get("Error") or done.stderr
    return Path(answer["Dir"]) / "config" / "crd" / "bases"


def _forbid_unknown_fields(schema: Any) -> None:
    """As the API server does with strict validation."""
    if isinstance(schema, list):
        for member in schema:
            _forbid_unknown_fields(member)
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
        for member in schema.values():
            _forbid_unknown_fields(member)
