"""What `mcp-jobs submit` sends: the messages of the files, as often and as fast as it is told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.variant import numbered, with_tenant
from mcp_jobs.entrypoints.files import InputError, Sourced
from mcp_jobs.local.view import plural


@dataclass(frozen=True, slots=True)
class Batch:
    """Each message `count` times, at most `rate` a second; None is as fast as Kafka takes them."""

    messages: Sequence[Sourced]
    count: int = 1
    rate: float | None = None

    def __len__(self) -> int:
        return len(self.messages) * self.count

    def __iter__(self) -> Iterator[Sourced]:
        for message in self.messages:
            for number in range(1, self.count + 1):
                yield self._copy(message, number)

    @property
    def last_copies(self) -> list[Sourced]:
        """The last copy of each message, which is the largest one."""
        return [self._copy(message, self.count) for message in self.messages]

    def _copy(self, message: Sourced, number: int) -> Sourced:
        return message if self.count == 1 else Sourced(message.source, numbered(message.value, number))


def prepare(
    messages: Sequence[Sourced],
    *,
    tenant: str | None = None,
    count: int = 1,
    rate: float | None = None,
    validate: bool = True,
) -> Batch:
    """What to send. Raises InputError, which names each message that can't be sent so or would be refused."""
    if rate == 0:
        raise InputError("--rate is 0: nothing would ever be sent")
    check: Callable[[bytes], object] = decode if validate else len
    _refuse_any(messages, check)
    if tenant is not None:
        _refuse_any(messages, lambda value: with_tenant(value, tenant))
        messages = [Sourced(each.source, with_tenant(each.value, tenant)) for each in messages]
    _refuse_any(messages, lambda value: check(numbered(value, count) if count > 1 else value))
    return Batch(messages, count, rate)


def _refuse_any(messages: Sequence[Sourced], check: Callable[[bytes], object]) -> None:
    problems = []
    for message in messages:
        try:
            check(message.value)
        except EnvelopeError as error:
            problems.append(f"{message.source}: {error}")
    if problems:
        raise InputError(
            f"nothing was sent, as {plural(len(problems), 'message')} would be refused: "
            + "; ".join(problems)
        )
