"""An MCP server that takes its time and little else: plain JSON-RPC, as importing an SDK costs a second."""

import json
import sys
import time

INFO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "s", "version": "1"},
}
TOOLS = {"tools": [{"name": "sleep", "inputSchema": {"type": "object"}}]}

for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    answer: dict[str, object] = {"error": {"code": -32601, "message": "not here"}}
    if message["method"] == "initialize":
        answer = {"result": INFO}
    elif message["method"] == "tools/list":
        answer = {"result": TOOLS}
    elif message["method"] == "tools/call":
        time.sleep(message["params"]["arguments"]["seconds"])
        answer = {"result": {"content": [{"type": "text", "text": "awake"}]}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}), flush=True)
