"""Says what holds for a while when it begins and when it is over, and not at every look in between."""

import re
from collections.abc import Collection

from loguru import logger


class Notices:
    """The sentences that were said and hold still; new numbers don't make a new one.

    `about` is bound to each log line.
    """

    def __init__(self, **about: str) -> None:
        self._logger = logger.bind(**about)
        self._said: dict[str, str] = {}

    def begin(self, key: str, sentence: str) -> None:
        """Say a sentence, unless the last one under this key was the same."""
        if _shape(self._said.get(key, "")) != _shape(sentence):
            self._logger.error(sentence)
        self._said[key] = sentence

    def end(self, key: str) -> None:
        """What was said under this key holds no more."""
        if sentence := self._said.pop(key, None):
            self._logger.info(f"no longer: {sentence}")

    def only(self, prefix: str, keys: Collection[str]) -> None:
        """End what was said under other keys with this prefix."""
        for key in [key for key in self._said if key.startswith(prefix) and key not in keys]:
            self.end(key)


def _shape(sentence: str) -> str:
    return re.sub(r"\d+", "#", sentence)
