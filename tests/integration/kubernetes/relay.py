"""What a Service does for the API server: connections to one address go to whichever replica lives."""

import asyncio
import random
import threading
from collections.abc import Iterable
from contextlib import suppress

from mcp_jobs.local.ports import LOOPBACK

_START_SECONDS = 10.0


class Relay:
    """Relays connections to the ports in `targets`, a random one each; one that refuses is passed over."""

    def __init__(self, targets: Iterable[int]) -> None:
        """Start to listen on `port`."""
        self.targets = list(targets)
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()])
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise TimeoutError("The relay did not start.")

    def close(self) -> None:
        """Stop, and cut what is open."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._relay, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for port in random.sample(self.targets, len(self.targets)):
                with suppress(OSError):
                    there = await asyncio.open_connection(LOOPBACK, port)
                    await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))
                    return
        except asyncio.CancelledError:  # the relay is closed
            pass
        finally:
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass  # one side was killed: the other is to notice
    finally:
        writer.close()
