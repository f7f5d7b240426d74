"""Takes secrets out of what is said about a message, in the forms in which programs write them."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, quote_plus

MARK = "[redacted]"
#: characters; shorter values can't be told from ordinary text, and stay
MIN_CHARS = 6
#: characters; a line of a longer secret, such as a PEM file, counts by itself from this length on
MIN_LINE = 16
_ESCAPE = re.compile("%[0-9A-F]{2}")


class Redactor:
    """The secrets that are known, and text without them."""

    def __init__(self, outer: "Redactor | None" = None) -> None:
        # Forms by their beginning: looking a text through costs the same however many secrets there are.
        self._forms: dict[str, set[str]] = {}
        self._outer = outer

    def hide(self, *values: str) -> None:
        """From now on these are secret."""
        for value in values:
            for form in _forms(value):
                self._forms.setdefault(form[:MIN_CHARS], set()).add(form)

    def text(self, text: str) -> str:
        """`text` with `MARK` where a secret was. Secrets that overlap go together."""
        if self._outer is not None:
            text = self._outer.text(text)
        if not self._forms:
            return text
        parts: list[str] = []
        done = end = 0
        for start in range(len(text) - MIN_CHARS + 1):
            forms = self._forms.get(text[start : start + MIN_CHARS])
            length = (
                max((len(form) for form in forms if text.startswith(form, start)), default=0) if forms else 0
            )
            if not length:
                continue
            if start >= end:
                parts += text[done:start], MARK
            done = end = max(end, start + length)
        return "".join(parts) + text[done:] if parts else text

    def json(self, value: Any) -> Any:
        """A JSON value with every text in it redacted, the keys of objects and long numbers too."""
        match value:
            case str():
                return self.text(value)
            case list() | tuple():
                return [self.json(item) for item in value]
            case dict():
                return {self.text(key): self.json(item) for key, item in value.items()}
            case int() | float() if self.text(str(value)) != str(value):
                return MARK
        return value


#: what is hidden outside of any message is hidden in all of them
_PROCESS = Redactor()
_current: ContextVar[Redactor] = ContextVar("redactor")


def hide(*values: str) -> None:
    """Make values secret for as long as the surrounding `redacting` lasts, or the process."""
    _current.get(_PROCESS).hide(*values)


def redacted(text: str) -> str:
    """`text` without the secrets that are known here."""
    return _current.get(_PROCESS).text(text)


def redacted_json(value: Any) -> Any:
    """A JSON value without the secrets that are known here."""
    return _current.get(_PROCESS).json(value)


@contextmanager
def redacting() -> Iterator[Redactor]:
    """The span of one message: its secrets are forgotten with it, those known before count as well."""
    redactor = Redactor(_current.get(_PROCESS))
    token = _current.set(redactor)
    try:
        yield redactor
    finally:
        _current.reset(token)


def _forms(value: str) -> Iterator[str]:
    """How a secret may be written: as it is, escaped, and either of them encoded."""
    value = value.strip()
    if len(value) < MIN_CHARS:
        return
    lines = (line.strip() for line in value.splitlines())
    for part in {value, *(line for line in lines if len(line) >= MIN_LINE)}:
        for written in set(_escaped(part)):
            yield written
            yield from _encoded(written.encode("utf-8", "surrogatepass"))


def _escaped(text: str) -> Iterator[str]:
    """Plain, and as in the source of Python, in JSON, and in JSON within JSON."""
    yield text
    yield repr(text)[1:-1]
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield from (once, json.dumps(once, ensure_ascii=ascii_only)[1:-1])


def _encoded(raw: bytes) -> Iterator[str]:
    """Percent-encoded, in hex, in base64."""
    for percent in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield from (percent, _ESCAPE.sub(lambda escape: escape[0].lower(), percent))
    yield from (raw.hex(), raw.hex().upper())
    for offset in range(3):  # the part that the neighbours don't change, for each place in a group of three
        text = base64.b64encode(bytes(offset) + raw).decode()
        form = text[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]
        if len(form) >= MIN_CHARS:
            yield from (form, form.replace("+", "-").replace("/", "_"))
