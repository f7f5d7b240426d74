"""Record batches: a fetched one as the core's log has it, a produced one from the core's outputs."""

from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

from kafka.partitioner.default import murmur2
from kafka.record import MemoryRecords
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.memory_records import MemoryRecordsBuilder

from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.log import Batch
from mcp_jobs.core.record import Output, Record
from mcp_jobs.core.requests import Producer

#: bytes; kafka-python's murmur2 is plain Python and takes seconds for a megabyte
_LONGEST_MURMUR = 4096


def decode(data: bytes | bytearray | memoryview) -> Iterator[Batch]:
    """The whole batches in `data`; a fetch may cut the last one off."""
    batches = MemoryRecords(data)
    while batches.has_next():
        batch = batches.next_batch()
        if not isinstance(batch, DefaultRecordBatch):
            raise ProtocolError(
                "the topic holds records in the format of Kafka before 0.11, which is not read"
            )
        yield _batch(batch)


def _batch(batch: DefaultRecordBatch) -> Batch:
    control = bool(batch.is_control_batch)
    first, last = batch.base_offset, batch.last_offset
    return Batch(
        first,
        last,
        producer_id=batch.producer_id,
        transactional=bool(batch.is_transactional),
        control=control,
        aborts=control and any(marker.abort for marker in batch),
        records=() if control else map(_record, batch),  # a runner wants the first one of some hundreds
    )


def _record(record: Any) -> Record:
    return Record(
        offset=record.offset,
        key=_bytes(record.key),
        value=_bytes(record.value),
        headers=tuple((name, bytes(value or b"")) for name, value in record.headers),
        timestamp=record.timestamp,
    )


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)


def encode(outputs: Sequence[Output], producer: Producer, *, timestamp: int) -> bytes:
    """One transactional batch, the first of this epoch (sequence 0). `timestamp` is milliseconds."""
    size = sum(len(o.key or b"") + len(o.value or b"") for o in outputs)
    builder = MemoryRecordsBuilder(
        magic=2,
        compression_type=0,
        batch_size=size + 1_000_000,
        transactional=True,
        producer_id=producer.id,
        producer_epoch=producer.epoch,
        base_sequence=0,
    )
    for output in outputs:
        builder.append(timestamp, output.key, output.value, list(output.headers))
    builder.close()
    return bytes(builder.buffer())


def partition_of(output: Output, partitions: int) -> int:
    """The partition of a record: by its key as Kafka's own clients do it, else by its value."""
    if output.key is not None and len(output.key) <= _LONGEST_MURMUR:
        return int(murmur2(output.key) & 0x7FFFFFFF) % partitions
    return crc32(output.key or output.value or b"") % partitions
