"""`mcp-jobs` and `python -m mcp_jobs`."""

import sys


def main() -> int:
    """Run a command. A runner's start-up counts, so it goes past the command line for people."""
    if sys.argv[1:] == ["runner"]:
        from mcp_jobs.entrypoints.runner import main as runner

        return runner()
    from mcp_jobs.entrypoints.cli import main as cli

    return cli()


if __name__ == "__main__":
    sys.exit(main())
