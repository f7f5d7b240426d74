"""The page for people: backlog, Jobs, outcomes and failures, as one HTML file that asks for JSON."""
