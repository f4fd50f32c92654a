"""Cookies: a jar as a mapping, cookies with all that belongs to them, a jar of one's own."""

from __future__ import annotations

from typing import assert_type

import ahttpx
import httpx


class Shared(httpx.Cookies):
    """A jar of one's own: what `load` makes is of its class."""


jar = httpx.Cookies({"a": "1"})
jar["b"] = "2"
jar.update([("c", "3")])
jar.set("d", "4", domain="a.test", secure=True, same_site="Lax")
assert_type(jar["a"], str)
assert_type(jar.get("a"), str | None)
assert_type(jar.all(), list[httpx.Cookie])
assert_type(jar.all()[0].expires, float | None)
assert_type(jar.delete("a"), int)
assert_type(httpx.Cookies.load("jar.json"), httpx.Cookies)
assert_type(Shared.load("jar.json"), Shared)
jar.save("jar.txt", format="netscape")
try:
    print(jar["twice"])
except httpx.CookieConflict as error:
    as_key_error: KeyError = error
for one in (jar, Shared(), {"a": "b"}, [("a", "b")], None):
    httpx.Client(cookies=one)
    ahttpx.CookieMiddleware(ahttpx.ConnectionPool(), one)
