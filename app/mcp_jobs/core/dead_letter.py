"""A dead letter: a message that failed for good, and why in headers behind its own."""

from dataclasses import dataclass

from mcp_jobs.core.lineage import REDRIVEN
from mcp_jobs.core.record import Output, Place, Record

#: every header of ours starts so
PREFIX = "mcp-jobs-"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """What the headers of a dead letter say. `place` is where its message stood in `topic`.

    `time` is RFC 3339; `omitted` says why the message itself is not in it, "" where it is; `redrives` counts
    how often the message was sent again before.
    """

    job_id: str
    kind: str
    reason: str
    attempts: int
    place: Place
    topic: str = ""
    job: str = ""
    job_uid: str = ""
    time: str = ""
    omitted: str = ""
    redrives: int = 0


def read(record: Record) -> DeadLetter | None:
    """What the record's headers say, None where they are none of ours. The last of a name counts: ours."""
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    try:
        return DeadLetter(
            job_id=headers.get("mcp-jobs-job-id", ""),
            kind=headers["mcp-jobs-class"],
            reason=headers["mcp-jobs-reason"],
            attempts=int(headers["mcp-jobs-attempts"]),
            place=Place(int(headers["mcp-jobs-source-partition"]), int(headers["mcp-jobs-source-offset"])),
            topic=headers.get("mcp-jobs-source-topic", ""),
            job=headers.get("mcp-jobs-job", ""),
            job_uid=headers.get("mcp-jobs-job-uid", ""),
            time=headers.get("mcp-jobs-time", ""),
            omitted=headers.get("mcp-jobs-value-omitted", ""),
            redrives=REDRIVEN.copies(record, unreadable=0),
        )
    except (KeyError, ValueError):
        return None


def copy_of(message: Record, letter: DeadLetter, topic: str) -> Output:
    """The message once more for `topic`: as its producer made it, with its lineage in headers.

    `message` is the dead letter itself or, where that lacks the value, what the topic still has of it.
    """
    own = tuple(header for header in message.headers if not header[0].startswith(PREFIX))
    lineage = REDRIVEN.headers(letter.topic, letter.place, letter.redrives + 1)
    return Output(topic, message.key, message.value, own + lineage)
