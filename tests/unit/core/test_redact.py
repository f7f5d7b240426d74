"""Secrets are taken out of what is said, in whatever form they come."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_jobs.core.redact import MARK, MIN_CHARS, Redactor, hide, redacted, redacted_json, redacting

ODD = 'p/ä "x"\\\n+%&=9'
PEM = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcw\n-----END KEY-----"


def without(*secrets: str) -> Redactor:
    redactor = Redactor()
    redactor.hide(*secrets)
    return redactor


@pytest.mark.parametrize(
    "form",
    [
        ODD,
        quote(ODD),
        quote(ODD, safe=""),
        quote_plus(ODD),
        re.sub("%..", lambda escape: escape[0].lower(), quote(ODD)),
        json.dumps(ODD),
        json.dumps(ODD, ensure_ascii=False),
        json.dumps({"env": json.dumps({"key": ODD})}),
        repr({"KEY": ODD}),
        ODD.encode().hex(),
        ODD.encode().hex().upper(),
        base64.b64encode(ODD.encode()).decode(),
        base64.b64encode(json.dumps(ODD)[1:-1].encode()).decode(),
        base64.urlsafe_b64encode(ODD.encode()).decode().rstrip("="),
    ],
)
def test_every_form_of_a_secret_goes(form: str) -> None:
    text = without(ODD).text(f"before {form} after")
    assert MARK in text
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert form not in text


@given(st.text(st.characters(codec="utf-8"), min_size=12), st.text(max_size=5), st.text(max_size=5))
def test_base64_of_a_secret_among_other_bytes_is_found(secret: str, before: str, after: str) -> None:
    redactor = without(secret)
    if len(secret.strip()) < MIN_CHARS:
        return
    encoded = base64.b64encode(f"{before}{secret.strip()}{after}".encode("utf-8", "replace")).decode()
    assert MARK in redactor.text(encoded)


@given(st.lists(st.text("ab", min_size=6, max_size=8), min_size=1, max_size=3), st.text("ab", max_size=40))
def test_no_secret_is_left_however_they_overlap(secrets: list[str], text: str) -> None:
    redactor = without(*secrets)
    for part in redactor.text(text).split(MARK):
        assert not any(secret in part for secret in secrets)


def test_secrets_that_overlap_go_together() -> None:
    assert without("abcdef1", "ef1234").text("xabcdef1234y") == f"x{MARK}y"


def test_the_lines_of_a_long_secret_go_one_by_one() -> None:
    redactor = without(PEM)
    assert redactor.text("read MIIEvQIBADANBgkqhkiG9w0B") == f"read {MARK}"
    assert redactor.text(PEM) == MARK


def test_what_is_shorter_than_six_characters_stays() -> None:
    assert without("true", "12345", "").text("true 12345") == "true 12345"


def test_json_loses_secrets_in_texts_keys_and_numbers_and_keeps_its_shape() -> None:
    redactor = without("s3cret-1", "123456789")
    value = {"a s3cret-1": ["s3cret-1", 123456789, 1.5, True, None], "b": {"c": "x"}}
    assert redactor.json(value) == {f"a {MARK}": [MARK, MARK, 1.5, True, None], "b": {"c": "x"}}


def test_secrets_are_forgotten_with_their_message_but_not_those_of_the_process() -> None:
    with redacting():
        hide("outer-secret")
        with redacting():
            hide("inner-secret")
            assert redacted("outer-secret inner-secret") == f"{MARK} {MARK}"
            assert redacted_json(["inner-secret"]) == [MARK]
        assert redacted("outer-secret inner-secret") == f"{MARK} inner-secret"
    assert redacted("outer-secret") == "outer-secret"
