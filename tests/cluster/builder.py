"""buildah or docker, whichever is there: one way to build, look at and save images."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.errors import ClusterError
from cluster.missing import require

#: where an image looks for certificates, and for the settings of pip
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_PIP = "/etc/pip.conf"
_PULL_SECONDS = 120.0
_LAST_LINES = 30


@dataclass(frozen=True)
class Builder:
    """buildah, or docker."""

    program: str

    def build(self, directory: Path, tag: str, arguments: Iterable[str]) -> None:
        """Build a directory's Dockerfile. What hasn't changed is taken from the layers of the last time.

        Raises:
            ClusterError: It failed.
        """
        options = [f"--build-arg={argument}" for argument in arguments]
        how = ["bud", "--layers", *mounts(os.environ)] if self.program == "buildah" else ["build"]
        self._run([*how, "--network=host", *options, f"--tag={tag}", str(directory)])

    def has(self, image: str) -> bool:
        """Whether an image is here."""
        return self._ask(["inspect", "--type=image", image]).returncode == 0

    def pull(self, image: str) -> bool:
        """Fetch an image; whether a registry gave it."""
        try:
            return self._ask(["pull", "--quiet", image], _PULL_SECONDS).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def id(self, image: str) -> str:
        """An image's id: another content has another."""
        return str(self._inspect(image)["FromImageID" if self.program == "buildah" else "Id"])

    def size(self, image: str) -> int:
        """An image's bytes, unpacked."""
        if self.program == "docker":
            return int(self._inspect(image)["Size"])
        found = self._ask(["images", "--json", image])
        return round(_bytes(json.loads(found.stdout)[0]["size"]))

    def save(self, image: str, archive: Path) -> None:
        """Write an image into an archive, as `docker save` does."""
        archive.parent.mkdir(parents=True, exist_ok=True)
        archive.unlink(missing_ok=True)
        if self.program == "buildah":
            self._run(["push", "--quiet", image, f"docker-archive:{archive}:{image}"])
        else:
            self._run(["save", f"--output={archive}", image])

    def import_root(self, archive: Path, image: str, environment: Iterable[str]) -> None:
        """Make an image of one layer from the archive of a root directory."""
        changes = [f"ENV {setting}" for setting in environment]
        if self.program == "docker":
            self._run(["import", *(f"--change={change}" for change in changes), str(archive), image])
            return
        container = self._ask(["from", "scratch"]).stdout.strip()
        try:
            self._run(["add", "--quiet", container, str(archive), "/"])
            self._run(["config", *(f"--env={setting}" for setting in environment), container])
            self._run(["commit", "--quiet", container, image])
        finally:
            self._run(["rm", container])

    def _inspect(self, image: str) -> dict[str, Any]:
        found = json.loads(self._ask(["inspect", "--type=image", image]).stdout)
        return dict(found[0] if isinstance(found, list) else found)

    def _ask(
        self, arguments: Sequence[str], seconds: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, *arguments],
            capture_output=True,
            text=True,
            env=_environment(),
            timeout=seconds,
            check=False,
        )

    def _run(self, arguments: Sequence[str]) -> None:
        done = subprocess.run(
            [self.program, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            check=False,
        )
        if done.returncode:
            said = "\n".join(done.stdout.decode(errors="replace").splitlines()[-_LAST_LINES:])
            raise ClusterError(f"{self.program} {arguments[0]} failed with {done.returncode}:\n{said}")


def find_builder(*, install: bool = False) -> Builder:
    """buildah, else docker where its daemon answers.

    Raises:
        ClusterError: Neither is there.
    """
    if not shutil.which("buildah") and _docker_answers():
        return Builder("docker")
    require({"buildah": "buildah"}, install=install)
    return Builder("buildah")


def mounts(environment: Mapping[str, str]) -> list[str]:
    """buildah's options that show RUN steps how this machine reaches package registries. No image has it."""
    sources = {
        _CERTIFICATES: environment.get("SSL_CERT_FILE") or _CERTIFICATES,
        _PIP: environment.get("PIP_CONFIG_FILE") or _PIP,
    }
    found = {target: source for target, source in sources.items() if Path(source).is_file()}
    return [f"--volume={source}:{target}:ro" for target, source in found.items()]


def _docker_answers() -> bool:
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def _environment() -> dict[str, str]:
    # chroot works in every machine's root; the default needs capabilities that some withhold.
    return {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "overlay", **os.environ}


def _bytes(text: str) -> float:
    number, unit = text.split()
    return float(number) * 1000.0 ** ("B", "KB", "MB", "GB").index(unit.upper())
