"""The store of cookies: limits, what is evicted first, and the agreement of its indexes."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from httpx.impl.values.cookie_store import (
    KEPT_PER_DOMAIN,
    KEPT_TOTAL,
    MAX_PER_DOMAIN,
    MAX_TOTAL,
    Cookie,
    CookieKey,
    CookieStore,
)


def cookie(name: str, domain: str = "example.org", **more: bool) -> Cookie:
    return Cookie(name, "v", domain=domain, secure=more.get("secure", False))


def names(store: CookieStore) -> list[str]:
    return [kept.name for kept in store.everything(0)]


def test_limits_are_what_the_rfc_asks_for() -> None:
    assert KEPT_PER_DOMAIN >= 50
    assert KEPT_TOTAL >= 3000


def test_a_domain_is_limited_and_its_oldest_go_first() -> None:
    store = CookieStore()
    for number in range(MAX_PER_DOMAIN):
        store.put(cookie(f"n{number}"), 0)
    store.put(cookie("elsewhere", "other.org"), 0)
    store.put(cookie("n0"), 0)  # storing it again makes it young
    assert len(store.everything(0)) == MAX_PER_DOMAIN + 1
    store.put(cookie("last"), 0)
    kept = names(store)
    assert len(kept) == KEPT_PER_DOMAIN + 1
    assert {"n0", "last", "elsewhere", f"n{MAX_PER_DOMAIN - 1}"} <= set(kept)
    assert "n1" not in kept


def test_secure_cookies_of_a_domain_go_last() -> None:
    store = CookieStore()
    store.put(cookie("precious", secure=True), 0)
    for number in range(3 * MAX_PER_DOMAIN):
        store.put(cookie(f"n{number}"), 0)
    assert "precious" in names(store)
    for number in range(3 * MAX_PER_DOMAIN):
        store.put(cookie(f"s{number}", secure=True), 0)
    assert "precious" not in names(store)
    assert len(names(store)) <= MAX_PER_DOMAIN


def test_what_has_expired_goes_before_what_lives() -> None:
    store = CookieStore()
    for number in range(MAX_PER_DOMAIN - 100):
        store.put(cookie(f"n{number}"), 0)
    for number in range(100):
        store.put(Cookie(f"e{number}", "", domain="example.org", expires=10), 0)
    store.put(cookie("last"), 20)
    assert len(names(store)) == MAX_PER_DOMAIN - 100 + 1


def test_the_whole_is_limited_and_the_oldest_go_first() -> None:
    store = CookieStore()
    store.put(Cookie("mine", "v"), 0)
    for number in range(MAX_TOTAL):
        store.put(cookie("a", f"d{number}.org"), 0)
    store.put(cookie("a", "d0.org"), 0)
    assert len(store.everything(0)) == MAX_TOTAL + 1
    store.put(cookie("last"), 0)
    kept = store.everything(0)
    assert len(kept) == KEPT_TOTAL + 1
    domains = {each.domain for each in kept}
    assert {"", "d0.org", "example.org", f"d{MAX_TOTAL - 1}.org"} <= domains
    assert "d1.org" not in domains


def test_a_flood_is_bounded_in_size_and_time() -> None:
    store = CookieStore()
    started = time.perf_counter()
    for number in range(20_000):
        store.put(cookie(f"n{number}", f"d{number % 5000}.org"), 0)
    for number in range(10_000):
        store.put(cookie(f"n{number}"), 0)
    assert time.perf_counter() - started < 5
    assert len(store.everything(0)) <= MAX_TOTAL


COOKIES = st.builds(
    Cookie,
    name=st.sampled_from("ab"),
    value=st.sampled_from("12"),
    domain=st.sampled_from(["", "one.org", "two.org"]),
    path=st.sampled_from(["/", "/p"]),
    host_only=st.booleans(),
    expires=st.sampled_from([None, 5.0, 10.0]),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "remove", "look"]), COOKIES, st.integers(0, 2)),
    max_size=25,
)


@given(STEPS)
def test_against_a_plain_dictionary(steps: list[tuple[str, Cookie, int]]) -> None:
    store, now = CookieStore(), 0.0
    model: dict[CookieKey, Cookie] = {}
    for action, given_, passed in steps:
        now += passed
        model = {key: each for key, each in model.items() if not each.is_expired(now)}
        assert store.everything(now) == list(model.values())
        if action == "put" and not given_.is_expired(now):
            store.put(given_, now)
            model[given_.key] = given_
        elif action == "remove":
            assert store.remove(given_.key) is (model.pop(given_.key, None) is not None)
        if action == "look":
            assert store.named(given_.name, now) == [
                each for each in model.values() if each.name == given_.name
            ]
            found = [each for _, each in store.of_domains([given_.domain, "nowhere"], now)]
            assert sorted(each.key for each in found) == sorted(
                key for key, each in model.items() if each.domain == given_.domain
            )
        assert store.copy().everything(now) == list(model.values())
        assert bool(store) is bool(model)
    for key in list(model):
        assert store.remove(key)
    assert not store
    assert store.everything(now) == []
