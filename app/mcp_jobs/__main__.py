"""`mcp-jobs` and `python -m mcp_jobs`."""

import sys


def main() -> int:
    """Run a command. What a pod runs goes past the command line for people: its start-up counts."""
    if sys.argv[1:] == ["runner"]:
        from mcp_jobs.entrypoints.runner import main as runner

        return runner()
    if sys.argv[1:] == ["servers"]:
        from mcp_jobs.entrypoints.servers import main as servers

        return servers()
    from mcp_jobs.entrypoints.cli import main as cli

    return cli()


if __name__ == "__main__":
    sys.exit(main())
