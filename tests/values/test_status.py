"""Reason phrases, held against the table in the standard library where both know a code."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from httpx.impl.values.headers import Headers
from httpx.impl.values.status import REASON_PHRASES, reason_phrase

# The standard library follows RFC 2616 in some places, and its name for these differs by version.
RENAMED_SINCE = {413, 414, 416, 422}
UNUSED = {306, 418}


@pytest.mark.parametrize("status", list(HTTPStatus))
def test_against_the_standard_library(status: HTTPStatus) -> None:
    if status in UNUSED:
        assert reason_phrase(status) == ""
    elif status in RENAMED_SINCE:
        assert reason_phrase(status) != ""
    else:
        assert reason_phrase(status) == status.phrase


def test_rfc_9110_names() -> None:
    assert reason_phrase(413) == "Content Too Large"
    assert reason_phrase(414) == "URI Too Long"
    assert reason_phrase(416) == "Range Not Satisfiable"
    assert reason_phrase(422) == "Unprocessable Content"


@pytest.mark.parametrize("code", [0, 99, 299, 306, 418, 599, 999, -1])
def test_unregistered(code: int) -> None:
    assert reason_phrase(code) == ""


def test_every_phrase_may_stand_on_the_wire() -> None:
    for code, phrase in REASON_PHRASES.items():
        assert 100 <= code <= 599
        assert Headers({"X": phrase})["X"] == phrase != ""
