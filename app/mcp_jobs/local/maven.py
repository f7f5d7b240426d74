"""Jars from a Maven repository, by jgo."""

import os
import shutil
import ssl
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local.lock import Say
from mcp_jobs.local.pins import KAFKA_VERSION, Jar

_AT_ONCE = 8
_ATTEMPTS = 3
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"


def fetch_jars(jars: Sequence[Jar], directory: Path, say: Say) -> None:
    """Download jars into a directory, each checked against its pin.

    The pins name every jar, so no POM is read: downloading is quick and always gives the same files.
    """
    say(f"Downloading Kafka {KAFKA_VERSION} ({len(jars)} jars, about 45 MB, once)")
    try:
        _fetch_all(jars, directory)
    except LocalPlatformError as error:
        store = _system_certificates()
        if _UNTRUSTED not in str(error) or store is None:
            raise
        with _trusting(store):
            _fetch_all(jars, directory)


def _fetch_all(jars: Sequence[Jar], directory: Path) -> None:
    repository = directory / "repository"
    fetch = partial(_fetch, _maven(repository))
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        for jar, file in zip(jars, pool.map(fetch, jars), strict=True):
            file.rename(directory / jar.name)
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(repository, ignore_errors=True)


def _maven(repository: Path) -> Any:
    try:
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext
    except ImportError as error:
        raise LocalPlatformError("A Kafka of your own needs jgo: install `mcp-jobs[local]`.") from error
    # A mirror is named "central" in the [repositories] of jgo's own configuration file.
    repositories = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    return MavenContext(repo_cache=repository, remote_repos=repositories)


def _fetch(maven: Any, jar: Jar) -> Path:
    group, artifact, version = jar.coordinates
    wanted = maven.project(group, artifact).at_version(version).artifact()
    problem: Exception | None = None
    for attempt in range(_ATTEMPTS):
        time.sleep(attempt)
        try:
            file = Path(wanted.resolve())
        except (OSError, RuntimeError, AssertionError) as error:
            problem = error
            if _UNTRUSTED in str(error):
                break  # it would be the same again
        else:
            if jar.matches(file):
                return file
        # What is there is half a download or another file: jgo would take it for the jar itself.
        Path(wanted.cached_path).unlink(missing_ok=True)
    raise _failure(jar, problem)


def _failure(jar: Jar, problem: Exception | None) -> LocalPlatformError:
    if problem is None:
        return LocalPlatformError(
            f"{jar.name} came as another file than mcp-jobs was tested with: its sha256 isn't {jar.sha256}."
        )
    return LocalPlatformError(
        f"Kafka can't be downloaded: {jar.name} failed ({problem}). It's needed once: connect this machine "
        "to a Maven repository (a mirror goes into jgo's configuration), or name a running Kafka instead."
    )


def _system_certificates() -> str | None:
    # requests trusts its own bundle of certificates, and the machine's only when told so. A company's
    # machines often know one more authority; pip reads the machine's store, so this must work too.
    if os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE"):
        return None
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath


@contextmanager
def _trusting(store: str) -> Iterator[None]:
    os.environ["REQUESTS_CA_BUNDLE"] = store
    try:
        yield
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]
