"""Images by where they come from."""

import pytest

from mcp_jobs.core.registries import foreign_images, full_reference


@pytest.mark.parametrize(
    ("image", "full"),
    [
        ("python", "docker.io/library/python"),
        ("python:3", "docker.io/library/python:3"),
        ("acme/runner", "docker.io/acme/runner"),
        ("docker.io/python", "docker.io/library/python"),
        ("index.docker.io/acme/runner", "docker.io/acme/runner"),
        ("localhost/runner:1", "localhost/runner:1"),
        ("registry:5000/runner", "registry:5000/runner"),
        ("registry.example.com/mcp/runner@sha256:00", "registry.example.com/mcp/runner@sha256:00"),
    ],
)
def test_a_reference_is_completed_as_runtimes_do(image: str, full: str) -> None:
    assert full_reference(image) == full


@pytest.mark.parametrize(
    ("image", "allowed", "foreign"),
    [
        ("python", (), False),
        ("registry.example.com/mcp/runner", ("registry.example.com/mcp",), False),
        ("registry.example.com/mcp/runner", ("registry.example.com/mcp/",), False),
        ("registry.example.com/mcp-other/runner", ("registry.example.com/mcp",), True),
        ("registry.example.com.evil.org/mcp/runner", ("registry.example.com",), True),
        ("python", ("docker.io/library",), False),
        ("acme/python", ("docker.io/library",), True),
    ],
)
def test_only_whole_path_segments_match(image: str, allowed: tuple[str, ...], foreign: bool) -> None:
    assert bool(foreign_images([image], allowed)) is foreign
