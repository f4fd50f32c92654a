"""What is no proxy, and no SSL context."""

from __future__ import annotations

import ahttpx
import httpx

httpx.ConnectionPool(proxy=8080)
# ^ mypy [arg-type]: incompatible type "int"; expected "Proxy | URL | str | Mapping[str, Proxy |
# ^ pyright [reportArgumentType]: Type "Literal[8080]" is not assignable to type "ProxyTypes | None"
httpx.ConnectionPool(proxy=httpx.Proxy)
# ^ mypy [arg-type]: incompatible type "type[Proxy]"; expected "Proxy | URL | str | Mapping[str,
# ^ pyright [reportArgumentType]: Type "type[Proxy]" is not assignable to type "ProxyTypes | None"
ahttpx.ConnectionPool(proxy={"all://": 8080})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "str": "int"; expected "str": "Proxy | URL
# ^ pyright [reportArgumentType]: "dict[str, int]" is not assignable to "Proxy"
httpx.Proxy("http://proxy.test/", auth="user:pass")
# ^ mypy [arg-type]: incompatible type "str"; expected "BasicAuth | BearerAuth | tuple[str, str] |
# ^ pyright [reportArgumentType]: "Literal['user:pass']" is not assignable to "BasicAuth"
httpx.Proxy("http://proxy.test/", auth=httpx.DigestAuth("user", "pass"))
# ^ mypy [arg-type]: incompatible type "DigestAuth"; expected "BasicAuth | BearerAuth | tuple[str,
# ^ pyright [reportArgumentType]: Type "DigestAuth" is not assignable to type "ProxyAuth | None"
httpx.Proxy("https://proxy.test/", ssl_context=False)
# ^ mypy [arg-type]: incompatible type "bool"; expected "SSLContext | None"
# ^ pyright [reportArgumentType]: "Literal[False]" is not assignable to "SSLContext"
httpx.ConnectionPool(ssl_context=False)
# ^ mypy [arg-type]: incompatible type "bool"; expected "SSLContext | None"
# ^ pyright [reportArgumentType]: "Literal[False]" is not assignable to "SSLContext"
ahttpx.ConnectionPool(ssl_context="cert.pem")
# ^ mypy [arg-type]: incompatible type "str"; expected "SSLContext | None"
# ^ pyright [reportArgumentType]: "Literal['cert.pem']" is not assignable to "SSLContext"
httpx.open_connection("https://a.test/", ssl_context=True)
# ^ mypy [arg-type]: incompatible type "bool"; expected "SSLContext | None"
# ^ pyright [reportArgumentType]: Type "Literal[True]" is not assignable to type "SSLContext | None"
httpx.Client(proxy="http://proxy.test/")
# ^ mypy [call-arg]: Unexpected keyword argument "proxy" for "Client"
# ^ pyright [reportCallIssue]: No parameter named "proxy"
httpx.Client(verify=False)
# ^ mypy [call-arg]: Unexpected keyword argument "verify" for "Client"
# ^ pyright [reportCallIssue]: No parameter named "verify"
