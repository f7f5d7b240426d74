"""The names a workload uses in Kafka. They are part of the protocol: changing one orphans live claims."""

from dataclasses import dataclass

#: messages whose marks share one committed offset: they take 1,366 characters of its metadata
SPAN = 4096


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics' names."""

    messages: str
    outcomes: str
    dead_letters: str


def claim_group(group: str, job_uid: str) -> str:
    """The consumer group that is one Job's memory of its claim."""
    return f"{group}.job.{job_uid}"


def claim_id(group: str, partition: int) -> str:
    """The transactional id that every claim on a partition is made with."""
    return f"{group}.claim.{partition}"


def settle_id(group: str, slot: int) -> str:
    """The transactional id that every write to a claim entry of that slot is made with."""
    return f"{group}.settle.{slot}"


def cancel_group(group: str, offset: int) -> str:
    """The group that keeps which unclaimed messages around an offset are cancelled."""
    return f"{group}.cancelled.{offset // SPAN}"


def dead_letter_group(group: str, offset: int) -> str:
    """The group that keeps which dead letters of messages around an offset were redriven or dropped."""
    return f"{group}.dead-letters.{offset // SPAN}"


def dead_letter_id(group: str, partition: int) -> str:
    """The transactional id that dead letters of a partition's messages are redriven and dropped with."""
    return f"{group}.dead-letters.{partition}"


def job_id_group(group: str, digest: str) -> str:
    """The group that remembers a jobId, by its digest."""
    return f"{group}.id.{digest}"


def job_id_id(group: str, slot: int) -> str:
    """The transactional id that what is remembered of some jobIds is written with."""
    return f"{group}.id.{slot}"
