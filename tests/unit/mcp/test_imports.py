"""What a runner pays for before it has claimed a message."""

import subprocess
import sys


def test_the_arguments_of_the_work_come_without_the_sdk() -> None:
    code = (
        "import sys, mcp_jobs.adapters.mcp.limits, mcp_jobs.adapters.mcp.gate, mcp_jobs.adapters.mcp.launch;"
        "print(sorted({'mcp', 'httpx2', 'anyio', 'pydantic'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert found.stdout.strip() == "[]"
