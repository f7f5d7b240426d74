"""The policy in its file, which changes under us: a mounted ConfigMap."""

from collections.abc import Callable
from pathlib import Path

import yaml
from loguru import logger

from mcp_jobs.core.policy import Policy, PolicyError, parse_policy


def read_policy(path: Path) -> Policy:
    """Read the policy. Raises PolicyError, which names the file."""
    return _parse(_read(path), path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PolicyError(f"the policy {path} can't be read: {error.strerror}") from None


def _parse(raw: bytes, path: Path) -> Policy:
    try:
        return parse_policy(yaml.safe_load(raw))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(f"the policy {path} is no YAML: {' '.join(str(error).split())}") from None
    except PolicyError as error:
        raise PolicyError(f"the policy {path} is not valid: {error}") from None


class PolicyFile:
    """The last good policy. `on_error` is called once for each content that is not valid."""

    def __init__(self, path: Path, *, on_error: Callable[[], None]) -> None:
        """Read the policy for the first time. Raises PolicyError: there is no last good one yet."""
        self._path = path
        self._on_error = on_error
        self._raw = _read(path)
        self.policy = _parse(self._raw, path)

    def refresh(self) -> None:
        """Read it again where it changed."""
        try:
            raw = _read(self._path)
        except PolicyError as error:
            self._refuse(b"", error)
            return
        if raw == self._raw:
            return
        try:
            self.policy = _parse(raw, self._path)
        except PolicyError as error:
            self._refuse(raw, error)
            return
        self._raw = raw
        logger.info("The policy was read again: mode {}, caps {}", self.policy.mode, self.policy.caps)

    def _refuse(self, raw: bytes, error: PolicyError) -> None:
        if raw != self._raw:
            self._raw = raw
            logger.error("The last good policy stays in force: {}", error)
            self._on_error()
