"""Where pods wait until a test lets them go on, and where visits are counted. A pod of its own runs it.

wait/NAME answers once NAME is open; visit/NAME with the number of visits so far; open/NAME opens;
waiting/NAME with the number of those who wait.
"""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

changed = threading.Condition()
opened: set[str] = set()
visits: Counter[str] = Counter()
waiting: Counter[str] = Counter()


def answer(what: str, name: str) -> str:
    with changed:
        if what == "wait":
            waiting[name] += 1
            changed.wait_for(lambda: name in opened)
            waiting[name] -= 1
        elif what == "visit":
            visits[name] += 1
        elif what == "open":
            opened.add(name)
            changed.notify_all()
        return str(waiting[name] if what == "waiting" else visits[name])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        what, _, name = self.path.strip("/").partition("/")
        body = answer(what, name).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", 8080), Handler).serve_forever()
