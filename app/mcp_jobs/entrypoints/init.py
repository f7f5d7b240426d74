"""`mcp-jobs init`: what Kafka needs before the first message. Safe to run again at any time."""

import time
from collections.abc import Callable
from contextlib import closing

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.groups import Groups
from mcp_jobs.adapters.kafka.provision import missing_topics, provision, too_narrow
from mcp_jobs.adapters.kafka.refusal import AccessError
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.adapters.kafka.topics import ensure_frontiers
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.names import Topics
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.settings_error import read
from mcp_jobs.settings import InitSettings, KafkaSettings

#: seconds for one try to reach Kafka, and between two: a broker that is not up yet tells nobody when it is
_TRY_SECONDS, _PAUSE_SECONDS = 5.0, 0.5

Say = Callable[[str], None]


def main(
    *, create_topics: bool | None = None, partitions: int | None = None, start_missing: bool | None = None
) -> int:
    """Prepare Kafka as the environment says; what is given here wins over it."""
    chosen = {"create_topics": create_topics, "partitions": partitions, "start_missing": start_missing}
    settings = read(InitSettings).model_copy(
        update={name: value for name, value in chosen.items() if value is not None}
    )
    initialize(read(KafkaSettings), settings, lambda sentence: print(sentence, flush=True))
    return 0


def initialize(kafka: KafkaSettings, settings: InitSettings, say: Say) -> None:
    """Wait for Kafka, create the topics if that is asked for, commit first offsets. Raises ProtocolError.

    `say` gets a sentence for everything that was done or found.
    """
    config = kafka_config(kafka, client_id="mcp-jobs-init")
    wait_for_kafka(kafka, settings.wait_seconds)
    say(f"Kafka answers at {kafka.brokers}")
    names = Topics(kafka.topic, kafka.outcomes, kafka.dead_letters)
    created: list[str] = []
    if settings.create_topics:
        created = provision(config, names, partitions=settings.partitions, replication=settings.replication)
        for name in created:
            say(f"created the topic {name} with {settings.partitions} partitions")
    elif missing := missing_topics(config, names):
        raise ProtocolError(
            f"there is no topic {' and no topic '.join(missing)}: create what is missing, or let"
            " `mcp-jobs init --create-topics` do it"
        )
    if warning := too_narrow(config, names):
        say(f"warning: {warning}")
    with Connection(config, timeout=kafka.request_timeout_seconds) as connection:
        group = kafka.consumer_group
        found = ensure_frontiers(
            Session(connection, kafka.topic),
            Groups(connection, kafka.topic),
            connection.existing(kafka.topic),
            group,
            # All of a topic that is new is meant to run.
            start_missing=settings.start_missing or kafka.topic in created,
        )
    for partition, offset in sorted(found.committed.items()):
        say(f"committed offset {offset} of partition {partition} as the first of {group}")
    if found.left:
        say(
            f"warning: partitions {list(found.left)} have no offset of {group}, which has claimed before: it"
            " expired, or they are new. The admission helper sees to them. To run all that their log still"
            " holds instead, say --start-missing."
        )
    elif not found.committed:
        say(f"every partition of {kafka.topic} has an offset of {group}: nothing to commit")


def wait_for_kafka(kafka: KafkaSettings, seconds: float) -> None:
    """Return when a broker answers. Raises ProtocolError: none does within `seconds`, or it refuses us."""
    deadline = time.monotonic() + seconds
    config = kafka_config(kafka, client_id="mcp-jobs-init")
    while True:
        left = deadline - time.monotonic()
        try:
            with closing(Connection(config, timeout=min(_TRY_SECONDS, max(left, 1.0)))) as connection:
                connection.open()
                return
        except AccessError:
            raise
        except ProtocolError:
            if left <= 0:
                raise
            time.sleep(_PAUSE_SECONDS)
