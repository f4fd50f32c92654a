"""Challenges and parameters of HTTP authentication (RFC 9110 section 11): read, and written.

Rules:
1. Whatever a server sends is read without an exception, in time that is linear in its length. What
   is no challenge is passed over; a string without an end takes the rest of its field with it.
2. Text is latin-1, as in all fields: the bytes that a server sent can be had back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

# A comma, and empty members of the list (RFC 9110 section 5.6.1).
_BETWEEN = re.compile(r"[ \t,]*")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Blanks around "=" are not allowed, but sent (RFC 9110 section 11.2, BWS).
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_BLANKS = re.compile(r"[ \t]+")
# What ends it is looked for afterwards: "Basic realm" is no token68.
_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|\Z))")
# The alternatives begin with different characters, so that a match is linear.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r'(["\\])')
_WITH_BACKSLASH = r"\\\1"


class Challenge(NamedTuple):
    """One challenge: a scheme, and what it says."""

    scheme: str
    """In lowercase."""
    params: Mapping[str, str]
    """The parameters by lowercase name, without quotes; of repeated ones the first."""
    token68: str = ""
    """What stands in place of parameters, as with `Negotiate`."""


def parse_challenges(fields: Iterable[str]) -> list[Challenge]:
    """The challenges in the values of all `WWW-Authenticate` (or `Proxy-Authenticate`) fields."""
    return [challenge for field in fields for challenge in _Scanner(field).challenges()]


def parse_params(field: str) -> dict[str, str]:
    """The parameters of a field without schemes, such as `Authentication-Info`."""
    return _Scanner(field).params()


def quoted_string(text: str) -> str:
    """`text` as a quoted-string (RFC 9110 section 5.6.4)."""
    return f'"{_TO_ESCAPE.sub(_WITH_BACKSLASH, text)}"'


class _Scanner:
    """Goes through one field from left to right."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def challenges(self) -> list[Challenge]:
        """The challenges from here on."""
        found: list[Challenge] = []
        while self._begin_member():
            scheme = self._take(_TOKEN)
            if scheme is None:
                self._skip_member()
                continue
            token68 = ""
            if self._take(_BLANKS) is not None:
                token = self._take(_TOKEN68)
                token68 = "" if token is None else token[0]
            params = {} if token68 else self.params()
            found.append(Challenge(scheme[0].lower(), params, token68))
        return found

    def params(self) -> dict[str, str]:
        """The parameters from here to the first member that is none."""
        params: dict[str, str] = {}
        while self._begin_member():
            start = self._at
            name = self._take(_TOKEN)
            if name is None or self._take(_EQUALS) is None:
                self._at = start
                break
            value = self._value()
            if value is None:  # no parameter, and it cannot be a challenge either
                self._skip_member()
            else:
                params.setdefault(name[0].lower(), value)
        return params

    def _value(self) -> str | None:
        if self._text.startswith('"', self._at):
            quoted = self._take(_QUOTED)
            if quoted is None:
                self._at = len(self._text)
                return None
            inner: str = quoted[1]
            return _ESCAPED.sub(r"\1", inner) if "\\" in inner else inner
        token = self._take(_TOKEN)
        return None if token is None else token[0]

    def _begin_member(self) -> bool:
        self._take(_BETWEEN)
        return self._at < len(self._text)

    def _skip_member(self) -> None:
        comma = self._text.find(",", self._at)
        self._at = len(self._text) if comma < 0 else comma

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return match
