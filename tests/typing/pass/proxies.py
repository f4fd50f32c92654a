"""Proxies: one, rules, their credentials, TLS towards them."""

from __future__ import annotations

import ssl
from typing import assert_type

import ahttpx
import httpx

context = ssl.create_default_context()
proxy = httpx.Proxy("https://proxy.test/", auth=("user", "pass"), ssl_context=context)
assert_type(proxy.url, httpx.URL)
rules: httpx.ProxyRules = {"all://": proxy, "https://*.a.test": None}
for one in ("http://proxy.test/", httpx.URL("http://proxy.test/"), proxy, rules, None):
    httpx.ConnectionPool(proxy=one)
    ahttpx.ConnectionPool(proxy=one)
    httpx.open_connection("https://a.test/", proxy=one)
httpx.ConnectionPool(proxy={"http://": "http://proxy.test/", "all://b.test": None})
httpx.ConnectionPool(proxy=[("all://", httpx.Proxy("socks5://proxy.test/"))])
httpx.Proxy("http://proxy.test/", auth=httpx.BearerAuth("token"), headers={"a": "b"})
