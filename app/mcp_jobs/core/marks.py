"""Marks on messages: what an operator decided about each, kept where the claims are kept.

A span of one partition's offsets shares one committed offset, whose metadata holds two bits for each message.
Like every committed offset it expires some days after it was last written (offsets.retention.minutes).
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from mcp_jobs.core.entry import Committed
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.names import SPAN


class Mark(IntEnum):
    """What was decided about a message."""

    NONE = 0
    REDRIVEN = 1  #: its dead letter was sent again
    DROPPED = 2  #: its dead letter is not wanted any more
    CANCELLED = 3  #: it is to be settled without a run


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of the span that begins at offset `first`, of the topic with this id."""

    first: int
    topic_id: str
    bits: int = 0

    @classmethod
    def around(cls, offset: int, topic_id: str) -> "Marks":
        """The span of an offset, without any mark."""
        return cls(offset // SPAN * SPAN, topic_id)

    def of(self, offset: int) -> Mark:
        """The mark of one message."""
        return Mark(self.bits >> self._shift(offset) & 3)

    def put(self, mark: Mark, offsets: Iterable[int]) -> "Marks":
        """The span once these messages, which have no mark yet, have this one."""
        bits = self.bits
        for offset in offsets:
            bits |= mark << self._shift(offset)
        return Marks(self.first, self.topic_id, bits)

    def encode(self) -> Committed:
        """The span as a committed offset."""
        data = self.bits.to_bytes((self.bits.bit_length() + 7) // 8, "little")
        document = {"v": 1, "t": self.topic_id, "m": base64.b64encode(data).decode()}
        return Committed(self.first, json.dumps(document, separators=(",", ":")))

    def read(self, committed: Committed | None) -> "Marks":
        """The span as it is kept; without marks where those are of an earlier topic of the name.

        Raises ProtocolError where somebody else has written there.
        """
        if committed is None:
            return self
        try:
            document: Mapping[str, object] = json.loads(committed.metadata)
            known, data = document["t"], base64.b64decode(str(document["m"]), validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise ProtocolError(
                f"the marks of the messages from offset {self.first} on can't be read:"
                " did somebody write to their group?"
            ) from error
        if known != self.topic_id or committed.offset != self.first:
            return self
        return Marks(self.first, self.topic_id, int.from_bytes(data, "little"))

    def _shift(self, offset: int) -> int:
        place = offset - self.first
        if not 0 <= place < SPAN:
            raise ValueError(f"offset {offset} is not in the span of {SPAN} from {self.first}")
        return 2 * place
