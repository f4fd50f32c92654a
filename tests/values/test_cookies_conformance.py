"""Cookies against the cases that others wrote: http-state, the jar tests of Go, and cookie dates.

The cases lie beside the repository; without them these tests are skipped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict, cast
from urllib.parse import urlsplit

import pytest

from httpx.impl.values.cookie_dates import parse_cookie_date
from httpx.impl.values.cookie_rules import JarSettings
from httpx.impl.values.cookies import Cookies, jar_with

DATA = Path(__file__).parents[3] / "shared" / "data" / "cookies"
YEAR_2011 = 1293840000.0
GO_NOW = 1357041600.0  # 2013-01-01 12:00:00 UTC


class Address:
    """As much of a URL as cookies need, with hosts in the one form that a URL gives them."""

    scheme: str
    host: str
    path: str

    def __init__(self, text: str) -> None:
        parts = urlsplit(text)
        self.scheme = parts.scheme
        host = parts.hostname or ""
        self.host = host if host.isascii() else host.encode("idna").decode("ascii")
        self.path = parts.path


class StateCase(TypedDict):
    test: str
    url: str
    set_cookie: list[str]
    then_get: str
    cookie_header: str | None
    choice: list[str]


class Query(TypedDict):
    url: str
    cookies: list[str]


class GoCase(TypedDict):
    table: str
    description: str
    from_url: str
    set_cookie: list[str]
    jar_content: str
    queries: list[Query]
    shared_jar: bool


class DomainCase(TypedDict):
    host: str
    domain_attr: str
    domain: str
    host_only: bool
    reject: bool


class DateCase(TypedDict):
    test: str
    expected: str | None


def read(name: str) -> object:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"conformance data not there: {path}")
    text = path.read_text("utf-8")
    if not name.startswith("go") and not text.startswith(("{", "[")):
        text = text[text.index("\n[") :]  # a licence stands in front
    return json.loads(text)


# -- http-state


def state_cases() -> list[StateCase]:
    return cast("dict[str, list[StateCase]]", read("http_state.json"))["cases"]


def answer(case: StateCase) -> str | None:
    jar = jar_with(JarSettings(now=lambda: YEAR_2011))
    jar.update_from_response(Address(case["url"]), case["set_cookie"])
    return jar.header_for(Address(case["then_get"]))


def test_http_state_must() -> None:
    cases = [case for case in state_cases() if not case["choice"]]
    assert len(cases) == 187
    for case in cases:
        assert answer(case) == case["cookie_header"], case["test"]


def test_http_state_choices() -> None:
    """Where RFC 6265 and its revision differ: only these differ from the older expectation."""
    cases = [case for case in state_cases() if case["choice"]]
    assert len(cases) == 35
    differing = {case["test"] for case in cases if answer(case) != case["cookie_header"]}
    assert differing == {
        "disabled-chromium0022",  # a NUL: the revision ignores the cookie
        "disabled-chromium0023",  # a CR: likewise
        "disabled-path0029",  # paths are compared as they are, encoded
    }


# -- Go

# Three entries of the file hold a second one, which got into their `set_cookie`: after so many
# cookies come the content of the jar, so many pairs of query and answer, and the second entry's
# description, URL and cookies; content and queries of the entry are those of the second one.
RUN_TOGETHER = {"Delete all.": (4, 1), "InvalidDomainTest #1.": (15, 1), "Expiration.": (6, 5)}
# Tests of these tables go on with the jar of the one before.
SHARED = {"updateAndDeleteTests", "chromiumDomainTests", "chromiumDeletionTests"}
FRESH = {"Expiration.", "DomainWithTrailingDotTest."}


def go_cases() -> Iterator[GoCase]:
    for case in cast("dict[str, list[GoCase]]", read("go_jar.json"))["jar_tests"]:
        if case["description"] not in RUN_TOGETHER:
            yield case
            continue
        cookies, queries = RUN_TOGETHER[case["description"]]
        flat = case["set_cookie"]
        second = cookies + 1 + 2 * queries
        first: list[Query] = [
            {"url": flat[place], "cookies": flat[place + 1].split()}
            for place in range(cookies + 1, second, 2)
        ]
        yield {
            **case,
            "set_cookie": flat[:cookies],
            "jar_content": flat[cookies],
            "queries": first,
        }
        yield {
            **case,
            "description": flat[second],
            "from_url": flat[second + 1],
            "set_cookie": flat[second + 2 :],
        }


def test_go_jar() -> None:
    now = GO_NOW
    settings = JarSettings(
        now=lambda: now,
        is_public=lambda domain: domain == "co.uk" or "." not in domain,
        # Go follows RFC 6265, where http may set and replace Secure cookies.
        schemes_that_set_secure=frozenset({"http", "https"}),
    )
    jars: dict[str, Cookies] = {}
    count = 0
    for case in go_cases():
        count += 1
        now = GO_NOW
        where = f"{case['table']}: {case['description']}"
        if case["table"] in SHARED and case["description"] not in FRESH:
            jar = jars.setdefault(case["table"], jar_with(settings))
        else:
            jar = jar_with(settings)
        jar.update_from_response(Address(case["from_url"]), case["set_cookie"])
        now += 1.001
        content = " ".join(sorted(f"{cookie.name}={cookie.value}" for cookie in jar.all()))
        assert content == case["jar_content"], where
        for query in case["queries"]:
            now += 1.001
            sent = jar.header_for(Address(query["url"]))
            assert (sent.split("; ") if sent else []) == query["cookies"], (where, query)
    assert count == 71


def test_go_domains() -> None:
    cases = cast("dict[str, list[DomainCase]]", read("go_jar.json"))["domain_and_type"]
    assert len(cases) == 25
    settings = JarSettings(is_public=lambda domain: domain == "co.uk" or "." not in domain)
    for case in cases:
        jar = jar_with(settings)
        host = f"[{case['host']}]" if ":" in case["host"] else case["host"]
        attribute = case["domain_attr"] and f"; domain={case['domain_attr']}"
        jar.update_from_response(Address(f"https://{host}/"), [f"a=1{attribute}"])
        stored = [(cookie.domain, cookie.host_only) for cookie in jar.all()]
        assert stored == ([] if case["reject"] else [(case["domain"], case["host_only"])]), case


# -- dates


@pytest.mark.parametrize(
    ("name", "count"), [("dates_examples.json", 15), ("dates_bsd_examples.json", 55)]
)
def test_dates(name: str, count: int) -> None:
    cases = cast("list[DateCase]", read(name))
    assert len(cases) == count
    for case in cases:
        parsed = parse_cookie_date(case["test"])
        if parsed is None:
            assert case["expected"] is None, case
        else:
            shown = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(parsed))
            assert shown == case["expected"], case
