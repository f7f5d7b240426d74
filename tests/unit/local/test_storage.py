"""Storage that is formatted by copying."""

import base64
from pathlib import Path

from mcp_jobs.local.installation import Installation
from mcp_jobs.local.java import Java
from mcp_jobs.local.options import BrokerOptions
from mcp_jobs.local.storage import format_storage, random_id


def formatted(tmp_path: Path, options: BrokerOptions) -> dict[str, str]:
    installed = tmp_path / "installed"
    installed.mkdir(exist_ok=True)
    (installed / "bootstrap.checkpoint").write_bytes(b"features")
    kafka = Installation(Java(Path("no-java"), 17), installed, ())
    format_storage(kafka, tmp_path / "server.properties", tmp_path / "logs", options)
    text = (tmp_path / "logs" / "meta.properties").read_text()
    return dict(line.split("=") for line in text.splitlines())


def test_the_ids_are_new_and_the_features_are_copied(tmp_path: Path) -> None:
    meta = formatted(tmp_path, BrokerOptions(node_id=3, cluster_id="mine"))
    assert (meta["version"], meta["node.id"], meta["cluster.id"]) == ("1", "3", "mine")
    assert {file.name for file in (tmp_path / "logs").iterdir()} == {
        "meta.properties",
        "bootstrap.checkpoint",
    }
    assert (tmp_path / "logs" / "bootstrap.checkpoint").read_bytes() == b"features"


def test_formatted_storage_is_left_alone(tmp_path: Path) -> None:
    assert formatted(tmp_path, BrokerOptions()) == formatted(tmp_path, BrokerOptions())


def test_an_id_is_16_random_bytes_and_doesnt_look_like_an_option() -> None:
    ids = {random_id() for _ in range(500)}
    assert len(ids) == 500
    assert all(len(base64.urlsafe_b64decode(f"{text}==")) == 16 for text in ids)
    assert not any(text.startswith("-") for text in ids)
