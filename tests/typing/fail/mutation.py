"""Values never change: copies do."""

from __future__ import annotations

import ahttpx
import httpx

url = httpx.URL("https://a.test/")
url.host = "b.test"
# ^ mypy [misc]: Property "host" defined in "URL" is read-only
# ^ pyright [reportAttributeAccessIssue]: Cannot assign to attribute "host" for class "URL"
url.params["a"] = "b"
# ^ mypy [index]: Unsupported target for indexed assignment ("QueryParams")
# ^ pyright [reportIndexIssue]: "__setitem__" method not defined on type "QueryParams"

headers = ahttpx.Headers({"a": "b"})
headers["a"] = "c"
# ^ mypy [index]: Unsupported target for indexed assignment ("Headers")
# ^ pyright [reportIndexIssue]: "__setitem__" method not defined on type "Headers"
del headers["a"]
# ^ mypy [attr-defined]: "Headers" has no attribute "__delitem__"
# ^ pyright [reportIndexIssue]: "__delitem__" method not defined on type "Headers"
headers.update({"a": "d"})
# ^ mypy [attr-defined]: "Headers" has no attribute "update"
# ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "update" for class "Headers"
# ^ pyright [reportUnknownMemberType]: Type of "update" is unknown

options = httpx.RequestOptions(max_body_size=1)
options.max_body_size = 3
# ^ mypy [misc]: Property "max_body_size" defined in "RequestOptions" is read-only
# ^ pyright [reportAttributeAccessIssue]: Cannot assign to attribute "max_body_size"
request = ahttpx.Request("GET", url)
request.content = b"other"
# ^ mypy [misc]: Property "content" defined in "Request" is read-only
# ^ pyright [reportAttributeAccessIssue]: Cannot assign to attribute "content"
cookie = httpx.Cookie("a", "b")
cookie.value = "c"
# ^ mypy [misc]: Property "value" defined in "Cookie" is read-only
# ^ pyright [reportAttributeAccessIssue]: Cannot assign to attribute "value"

client = httpx.Client()
client.url = url
# ^ mypy [misc]: Property "url" defined in "Client" is read-only
# ^ pyright [reportAttributeAccessIssue]: Cannot assign to attribute "url" for class "Client"
client.headers["User-Agent"] = "mine"
# ^ mypy [index]: Unsupported target for indexed assignment ("Headers")
# ^ pyright [reportIndexIssue]: "__setitem__" method not defined on type "Headers"
client.transport = ahttpx.ConnectionPool()
# ^ mypy [misc]: Property "transport" defined in "Client" is read-only
# ^ mypy [assignment]: expression has type "ConnectionPool", variable has type "Transport"
# ^ pyright [reportAttributeAccessIssue]: Cannot assign to attribute "transport"

response = ahttpx.Response(200)
response.body = b""
# ^ mypy [misc]: Property "body" defined in "BodiedResponse" is read-only
# ^ pyright [reportAttributeAccessIssue]: Cannot assign to attribute "body"
response.cookies = {}
# ^ mypy [attr-defined]: "Response" has no attribute "cookies"
# ^ pyright [reportAttributeAccessIssue]: Attribute "cookies" is unknown
