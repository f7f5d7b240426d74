"""Who may lead, by a Lease that is read and written now and then. Pure; times are seconds of our own clock.

The rules are those of Kubernetes' own elector (client-go): a lease runs out when it has not changed for its
duration *since we saw it change*, so no two clocks are compared; and a leader that can't renew lets go at two
thirds of it, before anybody else may take it.
"""

from dataclasses import dataclass

_RENEW_WITHIN = 2 / 3
_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Holding:
    """The Lease as it is. `holder` is "" when the last one resigned."""

    holder: str
    seconds: float
    version: str
    transitions: int = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """A Lease, and since when it has not changed. `holding` is None while there is none."""

    holding: Holding | None
    since: float

    @property
    def holder(self) -> str:
        """Who holds it; "" for nobody."""
        return self.holding.holder if self.holding else ""

    def expired(self, now: float) -> bool:
        """Whether its holder must have let go by now."""
        return self.holding is None or now >= self.since + self.holding.seconds


def sight(last: Sighting | None, holding: Holding | None, now: float) -> Sighting:
    """What is known after one more look."""
    if last and last.holding == holding:
        return last
    return Sighting(holding, now)


def may_lead(sighting: Sighting, me: str, now: float) -> bool:
    """Whether `me` may write itself into the Lease."""
    return sighting.holder in ("", me) or sighting.expired(now)


def leads_until(renewed_at: float, seconds: float) -> float:
    """Until when the writer of the Lease may act as the leader; `renewed_at` is before the write was sent."""
    return renewed_at + seconds * _RENEW_WITHIN


def pause(seconds: float) -> float:
    """Seconds between two looks at the Lease."""
    return seconds / _LOOKS


def identity(pod: str, host: str, port: int) -> str:
    """A holder's name, which says where it answers."""
    return f"{pod}_[{host}]:{port}" if ":" in host else f"{pod}_{host}:{port}"


def address(holder: str) -> str:
    """host:port of a holder; "" where the name has none."""
    _pod, underscore, where = holder.rpartition("_")
    return where if underscore and ":" in where else ""
