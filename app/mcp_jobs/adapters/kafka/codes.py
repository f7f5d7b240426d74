"""Kafka's error codes as the claim protocol sorts them (https://kafka.apache.org/protocol#protocol_error_codes)."""

from kafka.errors import for_code

from mcp_jobs.adapters.kafka.outage import Unanswered, Unsent
from mcp_jobs.core.denied import Resource, denied
from mcp_jobs.core.errors import ProtocolError

OFFSET_OUT_OF_RANGE = 1
UNKNOWN_TOPIC = 3
UNSTABLE_OFFSET_COMMIT = 88
TRANSACTIONAL_ID_NOT_FOUND = 105

#: not done, and somebody else is the producer now, or the transaction is over
FENCED = frozenset({
    47,  # INVALID_PRODUCER_EPOCH
    48,  # INVALID_TXN_STATE
    49,  # INVALID_PRODUCER_ID_MAPPING
    59,  # UNKNOWN_PRODUCER_ID
    90,  # PRODUCER_FENCED
    120,  # TRANSACTION_ABORTABLE
})  # fmt: skip

#: not done: the broker is still ending the previous transaction
BUSY = frozenset({51})  # CONCURRENT_TRANSACTIONS

#: not done: another broker is to be asked, or the same one a little later
MOVED = frozenset({
    3,  # UNKNOWN_TOPIC_OR_PARTITION: so a broker answers that has not heard of a new topic or leader yet
    5,  # LEADER_NOT_AVAILABLE
    6,  # NOT_LEADER_OR_FOLLOWER
    9,  # REPLICA_NOT_AVAILABLE
    14,  # COORDINATOR_LOAD_IN_PROGRESS
    15,  # COORDINATOR_NOT_AVAILABLE
    16,  # NOT_COORDINATOR
    19,  # NOT_ENOUGH_REPLICAS
    52,  # TRANSACTION_COORDINATOR_FENCED
    56,  # KAFKA_STORAGE_ERROR
    74,  # FENCED_LEADER_EPOCH
    75,  # UNKNOWN_LEADER_EPOCH
    78,  # OFFSET_NOT_AVAILABLE
})  # fmt: skip

#: done or not
UNKNOWN = frozenset({
    -1,  # UNKNOWN_SERVER_ERROR: so ends an EndTxn that meets a fence of its id in the making
    7,  # REQUEST_TIMED_OUT
    13,  # NETWORK_EXCEPTION
    20,  # NOT_ENOUGH_REPLICAS_AFTER_APPEND
})  # fmt: skip

TOPIC_DENIED = 29

#: not done, as something else in the request is refused
NOT_ATTEMPTED = frozenset({55})  # OPERATION_NOT_ATTEMPTED

#: the record does not fit into its topic
TOO_LARGE = frozenset({10, 18})  # MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE

_MEMBERS = (
    "the consumer group {subject} has members: somebody consumes with it. It belongs to mcp-jobs alone;"
    " stop that consumer or give it a group of its own"
)

_DENIED = {29: Resource.TOPIC, 30: Resource.GROUP, 53: Resource.TRANSACTIONAL_ID}

_SENTENCES = {
    3: "the topic {subject} does not exist",
    12: "the metadata of an offset of {subject} is larger than the broker allows (offset.metadata.max.bytes)",
    22: _MEMBERS,
    25: _MEMBERS,
    35: "the broker does not speak a version of {subject} that is needed: Kafka 4.0 or newer is required",
    68: _MEMBERS,
    69: "{subject} is not a consumer group but another kind of group: give mcp-jobs a group name of its own",
    113: _MEMBERS,
}


def check(code: int, subject: str, *, allow: str = "READ") -> None:
    """Raise what an error code means where it is not an answer of its own.

    `allow` is the operation on the subject that is asked for.
    Unsent: another broker is to be asked. Unanswered: done or not. ProtocolError: it will not be done.
    """
    if code in MOVED:
        raise Unsent
    if code in UNKNOWN:
        raise Unanswered
    if code:
        raise ProtocolError(sentence(code, subject, allow=allow))


def sentence(code: int, subject: str, *, allow: str = "READ") -> str:
    """What the error code means for `subject` (a topic, a group, ...), with the cure where there is one."""
    if code in _DENIED:
        return denied(allow, _DENIED[code], subject)
    known = _SENTENCES.get(code)
    if known:
        return known.format(subject=subject)
    return f"Kafka refuses {subject}: {for_code(code).__name__} (error code {code})"
