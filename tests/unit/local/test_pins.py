"""The pinned list of Kafka's jars."""

import hashlib
from pathlib import Path

from mcp_jobs.local.pins import KAFKA_VERSION, Jar, parse_pins, pinned_jars


def test_a_pin_is_a_checksum_and_a_path_in_a_repository() -> None:
    assert parse_pins("# why\n\nabc  org/example/thing/1.2/thing-1.2.jar\n") == (
        Jar("abc", "org/example/thing/1.2/thing-1.2.jar"),
    )


def test_the_path_gives_the_coordinates_and_the_file_name() -> None:
    jar = Jar("abc", "org/example/some-thing/1.2-beta/some-thing-1.2-beta.jar")
    assert jar.coordinates == ("org.example", "some-thing", "1.2-beta")
    assert jar.name == "some-thing-1.2-beta.jar"


def test_the_shipped_list_is_complete_and_well_formed() -> None:
    jars = pinned_jars()
    names = {jar.name for jar in jars}
    assert {f"kafka_2.13-{KAFKA_VERSION}.jar", f"kafka-clients-{KAFKA_VERSION}.jar"} < names
    assert len(names) == len(jars)
    for jar in jars:
        assert len(bytes.fromhex(jar.sha256)) == hashlib.sha256().digest_size
        _, artifact, version = jar.coordinates
        assert jar.name == f"{artifact}-{version}.jar"


def test_only_the_very_file_matches(tmp_path: Path) -> None:
    file = tmp_path / "a.jar"
    jar = Jar(hashlib.sha256(b"content").hexdigest(), "org/a/1/a-1.jar")
    assert not jar.matches(file)
    file.write_bytes(b"content")
    assert jar.matches(file)
    file.write_bytes(b"c0ntent")
    assert not jar.matches(file)
