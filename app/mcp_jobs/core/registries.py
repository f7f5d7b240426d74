"""Where an image comes from, by its reference."""

from collections.abc import Iterable

_DOCKER_HUB = "docker.io"


def full_reference(image: str) -> str:
    """An image with its registry: `python:3` is docker.io/library/python:3, as container runtimes read it."""
    first, slash, rest = image.partition("/")
    if not slash:
        return f"{_DOCKER_HUB}/library/{image}"
    if first == "index.docker.io":
        return full_reference(f"{_DOCKER_HUB}/{rest}")
    if first == _DOCKER_HUB and "/" not in rest:
        return f"{_DOCKER_HUB}/library/{rest}"
    return image if "." in first or ":" in first or first == "localhost" else f"{_DOCKER_HUB}/{image}"


def foreign_images(images: Iterable[str], allowed: tuple[str, ...]) -> list[str]:
    """The images that come from none of the allowed registries or paths; without any, all may come."""
    if not allowed:
        return []
    places = tuple(place.rstrip("/") + "/" for place in allowed)
    return [image for image in images if not full_reference(image).startswith(places)]
