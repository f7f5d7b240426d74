"""Consumer groups, seen from outside: which there are, what they have committed, and how one is deleted."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from kafka.protocol.admin import DeleteGroupsRequest, ListGroupsRequest
from kafka.protocol.metadata import MetadataRequest

from mcp_jobs.adapters.kafka import codes, wire
from mcp_jobs.adapters.kafka.connection import GROUP, Connection
from mcp_jobs.adapters.kafka.outage import Unanswered, Unsent
from mcp_jobs.adapters.kafka.reads import committed_offsets
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.names import claim_group
from mcp_jobs.core.requests import Offsets

T = TypeVar("T")

VERSIONS: Mapping[type, int] = {ListGroupsRequest: 5, DeleteGroupsRequest: 2, MetadataRequest: 12}

#: groups that are read with one request
_AT_ONCE = 200
_NOT_FOUND = 69  # GROUP_ID_NOT_FOUND
_IN_USE = 68  # NON_EMPTY_GROUP


@dataclass(frozen=True, slots=True)
class Listed:
    """A group as its coordinator lists it: `node` is that broker, `state` for example Empty or Stable."""

    name: str
    node: int
    state: str


class Groups:
    """The groups of a cluster, and their offsets of one topic. Each method raises ProtocolError."""

    def __init__(self, connection: Connection, topic: str) -> None:
        self._connection = connection
        self._topic = topic
        self._nodes: dict[str, int] = {}

    def topic_id(self) -> str:
        """The topic's id. A topic of the same name with another id is another topic."""
        return self._asked(lambda: self._connection.until(lambda: self._connection.topic(self._topic).id))

    def listed(self, group: str) -> dict[str, Listed]:
        """`group` and every group whose name starts with `group` and a dot, by name."""
        found = self._asked(lambda: self._connection.until(lambda: self._list(group)))
        listed = {g.name: g for g in found if g.name == group or g.name.startswith(f"{group}.")}
        self._nodes = {name: g.node for name, g in listed.items()}
        return listed

    def _list(self, group: str) -> list[Listed]:
        """Each broker knows the groups that it coordinates.

        Those that may not be described are left out without a word. So one is asked for by name first: that
        is refused aloud.
        """
        anyone = self._connection.coordinator(GROUP, claim_group(group, ""))
        about = MetadataRequest(topics=[], allow_auto_topic_creation=False, version=VERSIONS[MetadataRequest])
        nodes = [broker.node_id for broker in self._connection.send(anyone, about).brokers]
        request = ListGroupsRequest(states_filter=[], types_filter=[], version=VERSIONS[ListGroupsRequest])
        answers = self._connection.send_all([(node, request) for node in nodes])
        for answer in answers:
            codes.check(answer.error_code, "ListGroups")
        return [
            Listed(listed.group_id, node, listed.group_state)
            for node, answer in zip(nodes, answers, strict=True)
            for listed in answer.groups
        ]

    def read(self, names: Iterable[str]) -> dict[str, Offsets]:
        """The committed offsets of groups that were listed last, by name.

        Every partition is named, and undecided ones are told apart (rule R7).
        """
        found: dict[str, Offsets] = {}
        for node, there in self._by_node(names).items():
            remaining = iter(there)
            while chunk := list(islice(remaining, _AT_ONCE)):
                found |= self._asked(partial(self._read, node, chunk))
        return found

    def _read(self, node: int, names: list[str]) -> dict[str, Offsets]:
        partitions = self._connection.topic(self._topic).leaders
        message = wire.offset_fetch(names, self._topic, partitions, stable=True)
        return committed_offsets(self._connection.send(node, message))

    def _by_node(self, names: Iterable[str]) -> dict[int, list[str]]:
        by_node: dict[int, list[str]] = {}
        for name in names:
            by_node.setdefault(self._nodes[name], []).append(name)
        return by_node

    def delete(self, names: Collection[str]) -> None:
        """Delete groups that were listed last. Those that are in use stay, those that are gone are fine."""
        for node, there in self._by_node(names).items():
            request = DeleteGroupsRequest(groups_names=there, version=VERSIONS[DeleteGroupsRequest])
            answer = self._asked(partial(self._connection.send, node, request))
            for result in answer.results:
                if result.error_code not in (_NOT_FOUND, _IN_USE):
                    self._asked(partial(codes.check, result.error_code, result.group_id, allow="DELETE"))

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except (Unsent, Unanswered) as error:
            self._connection.forget()
            raise ProtocolError(
                "Kafka does not answer now: its consumer groups can't be asked for"
            ) from error
