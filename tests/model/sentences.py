"""Requests and answers as sentences, for the trace to a violation."""

from mcp_jobs.core import requests as ask
from mcp_jobs.core.entry import Committed, decode
from mcp_jobs.core.log import Reading
from model.writes import InitExpecting, PlainCommit


def sentence(request: ask.Request, answer: ask.Answer | None = None) -> str:
    """What was asked, and what was answered."""
    return f"{_asked(request)}: {_answered(answer)}" if answer else _asked(request)


def _asked(request: ask.Request) -> str:
    match request:
        case ask.ReadOffsets(group, stable):
            return f"reads the offsets of {group}" + ("" if stable else " (not stable)")
        case ask.ReadEnds():
            return "reads the ends of the log"
        case ask.Fetch(partition, offset, limit):
            return f"fetches {limit} from p{partition}@{offset}"
        case ask.DescribeTransaction(transactional_id):
            return f"describes {transactional_id}"
        case InitExpecting(transactional_id, expected):
            return f"inits {transactional_id}, expecting {expected}"
        case ask.InitProducer(transactional_id):
            return f"inits {transactional_id}"
    return _written(request)


def _written(request: ask.Request) -> str:
    match request:
        case ask.AddGroup(producer, group):
            return f"adds {group} to {producer.transactional_id}"
        case ask.AddPartitions(producer):
            return f"adds partitions to {producer.transactional_id}"
        case ask.Produce(producer, outputs):
            produced = ", ".join(f"{o.topic} {(o.key or b'').decode()}" for o in outputs)
            return f"produces {produced} in {producer.transactional_id}"
        case PlainCommit(_, group, partition, committed):
            return f"plainly commits {group} p{partition} := {_offset(committed)}"
        case ask.CommitOffset(producer, group, partition, committed):
            return f"writes {group} p{partition} := {_offset(committed)} in {producer.transactional_id}"
        case ask.EndTransaction(producer, commit):
            return f"{'commits' if commit else 'aborts'} {producer.transactional_id}"
    return "waits"


def _answered(answer: ask.Answer) -> str:
    match answer:
        case ask.Offsets(committed, undecided):
            known = ", ".join(f"p{p} {_offset(c)}" for p, c in committed)
            return (known or "nothing") + (f", undecided {sorted(undecided)}" if undecided else "")
        case Reading(records, next_offset):
            return f"messages at {[r.offset for r in records]}, next {next_offset}"
        case ask.Ends(_, dice):
            return f"dice {dice:.2f}"
        case ask.Producer(_, number, epoch):
            return f"producer {number}, epoch {epoch}"
    return type(answer).__name__.lower()


def _offset(committed: Committed) -> str:
    if not committed.metadata:
        return str(committed.offset)
    entry = decode(committed)
    settled = [o for o in entry.offsets if o not in entry.open_offsets]
    return f"{list(entry.offsets)} attempt {entry.attempt} of {entry.holder}, settled {settled}"
