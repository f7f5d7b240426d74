"""What a log says went wrong."""

import pytest

from mcp_jobs.core.last_words import last_words

INFO = '{"level": "INFO", "message": "nothing to claim"}'
ERROR = '{"level": "ERROR", "message": "no such topic: jobs"}'


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (f"{INFO}\n{ERROR}\n", "no such topic: jobs"),
        (f"{ERROR}\n{INFO}\n", "no such topic: jobs"),
        (INFO, INFO),
        ("12:00:00 starting\n12:00:01 no such topic\n\n", "12:00:01 no such topic"),
        ('or", "message": "cut o', 'or", "message": "cut o'),
        ('{"level": "ERROR"}', '{"level": "ERROR"}'),
        ("[1]", "[1]"),
        ('{"level": "ERROR", "message": "two\\nlines"}', "two lines"),
        ("", ""),
    ],
)
def test_the_last_complaint_counts_or_else_the_last_line(log: str, words: str) -> None:
    assert last_words(log) == words
