"""What the API server's own watch shows of a kind of objects, and what it has shown."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Self, TypeVar

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import ClusterError, Gone, Unreachable
from mcp_jobs.adapters.kubernetes.resource import Resource
from mcp_jobs.adapters.kubernetes.watch import events

Object = dict[str, Any]
T = TypeVar("T")


class Watched:
    """Objects by uid, each as it was seen last; those that were deleted stay, with their uid in `deleted`.

    `notice` is called at each change, by one thread, with the object.
    """

    def __init__(self, cluster: Cluster, resource: Resource, selector: str = "") -> None:
        self.seen: dict[str, Object] = {}
        self.deleted: set[str] = set()
        self._cluster = cluster
        self._resource = resource
        self._selector = selector
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._error: BaseException | None = None
        self._version = self._list()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def notice(self, thing: Object) -> None:
        """An object has changed; for subclasses that keep more than the last state."""

    def stop(self) -> None:
        """Take no further note; the thread ends with its request."""
        self._stopping.set()

    def wait(self, condition: Callable[[], T], seconds: float, what: str) -> T:
        """What `condition` returns, once that is true; asked after each change. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not (found := condition()):
                if self._error:
                    raise self._error
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError(f"{what}: not within {seconds:g} s; seen: {self}")
        return found

    def stays(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Look on for so many seconds; an AssertionError as soon as `condition` does not hold."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while time.monotonic() < deadline:
                assert condition(), f"{what}; seen: {self}"
                self._changed.wait(max(0.0, deadline - time.monotonic()))

    def there(self) -> list[Object]:
        """The objects that are not deleted."""
        return [thing for uid, thing in list(self.seen.items()) if uid not in self.deleted]

    def __str__(self) -> str:
        return ", ".join(thing["metadata"]["name"] for thing in self.there()) or "nothing"

    # --- the watch ----------------------------------------------------------------------------------

    def _list(self) -> str:
        pages = list(self._cluster.pages(self._resource, labelSelector=self._selector))
        self._take(thing for page in pages for thing in page["items"])
        version: str = pages[-1]["metadata"]["resourceVersion"]
        return version

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._follow()
        except BaseException as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _follow(self) -> None:
        try:
            for event in events(
                self._cluster, self._resource, selector=self._selector, version=self._version
            ):
                if self._stopping.is_set():
                    return
                self._version = event.version
                if event.kind != "BOOKMARK":
                    self._take([event.object], deleted=event.kind == "DELETED")
        except Gone:
            self._version = self._list()
        except Unreachable:  # a watch that was cut goes on where it was
            with suppress(ClusterError):
                self._stopping.wait(0.2)

    def _take(self, things: Iterable[Object], *, deleted: bool = False) -> None:
        with self._changed:
            for thing in things:
                uid = thing["metadata"]["uid"]
                self.seen[uid] = thing
                if deleted:
                    self.deleted.add(uid)
                self.notice(thing)
            self._changed.notify_all()
