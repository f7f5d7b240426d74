"""An MCP server of the older protocol that misbehaves on demand: no real one does.

Options: --probe=refuse|ignore|exit what the modern era's question gets; --greet words before MCP;
--fork=FIFO start a child that holds stdout open and ignores SIGTERM; both pids go to FIFO;
--count=FILE add a byte to FILE per start; --page-for-ever name another page of tools in every answer.
"""

import argparse
import json
import os
import signal
import sys
import time
from typing import Any

Json = dict[str, Any]

TOOLS: list[Json] = [
    {"name": name, "inputSchema": {"type": "object"}}
    for name in ("die", "echo", "environment", "fail", "flood", "hang", "hang_up", "refuse", "wrong")
]
TOOLS[-1]["outputSchema"] = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def text(words: str, **more: Any) -> Json:
    return {"content": [{"type": "text", "text": words}], **more}


def call(name: str, arguments: Json) -> Json:
    if name == "die":
        print("no more \x1b[31mmemory\x1b[0m\x07", file=sys.stderr, flush=True)
        os._exit(3)
    if name == "hang_up":
        os.close(1)
    if name in ("hang", "hang_up"):
        sys.stdin.read()
        os._exit(0)
    if name == "environment":
        return text(json.dumps(dict(os.environ) | {"cwd": os.getcwd()}))
    if name == "fail":
        return text("the disk is full", isError=True)
    if name == "flood":
        return text("x" * arguments["characters"])
    if name == "wrong":
        return text("", structuredContent={"n": "one"})
    return text(arguments.get("words", ""))


def answer(message: Json, options: argparse.Namespace) -> Json | None:
    method = message["method"]
    result: Json
    if method == "initialize":
        info = {"name": "scripted", "version": "1"}
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": info}
    elif method == "tools/list":
        result = {"tools": TOOLS} | ({"nextCursor": "more"} if options.page_for_ever else {})
    elif method == "tools/call" and message["params"]["name"] != "refuse":
        result = call(message["params"]["name"], message["params"].get("arguments", {}))
    elif method == "server/discover" and options.probe == "ignore":
        return None
    elif method == "server/discover" and options.probe == "exit":
        sys.exit("expected initialize first")
    else:
        return {"error": {"code": -32000, "message": f"no {method} today"}}
    return {"result": result}


def fork(fifo: str) -> None:
    parent = os.getpid()  # asked before the fork: a parent that has ended by then would be pid 1
    if os.fork():
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(fifo, "w", encoding="ascii") as file:
        file.write(f"{parent} {os.getpid()}")
    while True:
        time.sleep(60)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", default="refuse")
    parser.add_argument("--greet")
    parser.add_argument("--fork")
    parser.add_argument("--count")
    parser.add_argument("--page-for-ever", action="store_true")
    options = parser.parse_args()
    if options.count:
        with open(options.count, "a", encoding="ascii") as file:
            file.write(".")
    if options.fork:
        fork(options.fork)
    if options.greet:
        print(options.greet, flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message and (reply := answer(message, options)) is not None:
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **reply}), flush=True)


main()
