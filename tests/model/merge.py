"""Which requests are taken together with the one before them, as one step that nobody can come between.

Sound where everything that others could do in between leads to a state that is reached without it as well.
`Scenario(merge=False)` explores every request as a step of its own; `python -m model.deep` compares.
"""

from mcp_jobs.core.requests import (
    AddGroup,
    AddPartitions,
    Answer,
    Busy,
    CommitOffset,
    EndTransaction,
    Fetch,
    Lost,
    Produce,
    ReadEnds,
    ReadOffsets,
    Rejected,
    Request,
)
from model.broker import GROUP


def merges(before: Request, answer: Answer, after: Request) -> bool:
    """Whether `after` is taken together with `before`, which was answered with `answer`."""
    if isinstance(answer, Busy | Lost | Rejected):
        return False
    match after:
        case AddGroup() | AddPartitions():
            # It tells nobody anything but that the transaction is under way. Who is fenced just before it is
            # as well fenced just after it, or before the fence of its own.
            return True
        case ReadEnds():
            # Between the survey and the end of the pick nothing is written. The log only grows, and a
            # frontier that moved meanwhile is found by CheckFrontier, whenever it moved.
            return True
        case Fetch():
            # As above; and below the frontier nothing changes any more.
            return True
        case CommitOffset():
            # Outputs can't be read before the decision, so the entry's write may as well follow at once.
            # Between the frontier's write and the entry's, others see the partition undecided and go
            # elsewhere, which their dice let them do anyway; who reads the entry's group then may as well
            # read it before.
            return isinstance(before, Produce | CommitOffset)
        case ReadOffsets():
            # The frontier is written in transactions of claim.<p> only (promises.at_commit checks it), so
            # under its fence it reads the same at any time; once fenced, nothing read counts any more.
            return isinstance(before, ReadOffsets) and before.group == GROUP != after.group
        case EndTransaction(commit=False):
            # An abort without a write frees the transactional id, as the next fence would.
            return isinstance(before, ReadOffsets)
    return False
