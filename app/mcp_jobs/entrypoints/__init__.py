"""One file for each command: read settings, wire, run, exit."""
