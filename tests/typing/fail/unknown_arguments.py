"""Keywords that do not exist, and keywords that are not positions."""

from __future__ import annotations

import ahttpx
import httpx

URL = "https://a.test/"

httpx.Client(base_url=URL)
# ^ mypy [call-arg]: Unexpected keyword argument "base_url" for "Client"
# ^ pyright [reportCallIssue]: No parameter named "base_url"
ahttpx.Client(timeout=5.0)
# ^ mypy [call-arg]: Unexpected keyword argument "timeout" for "Client"
# ^ pyright [reportCallIssue]: No parameter named "timeout"
httpx.Client(URL, {"a": "b"})
# ^ mypy [call-arg]: Too many positional arguments for "Client"
# ^ pyright [reportCallIssue]: Expected 1 positional argument
httpx.ConnectionPool(max_connection=5)
# ^ mypy [call-arg]: Unexpected keyword argument "max_connection" for "ConnectionPool"
# ^ pyright [reportCallIssue]: No parameter named "max_connection"
httpx.ConnectionPool(max_connections="5")
# ^ mypy [arg-type]: incompatible type "str"; expected "int | None"
# ^ pyright [reportArgumentType]: "max_connections"
httpx.get(URL, content=b"")
# ^ mypy [call-arg]: Unexpected keyword argument "content" for "get"
# ^ pyright [reportCallIssue]: No parameter named "content"
httpx.post(URL, json={"a": 1})
# ^ mypy [call-arg]: Unexpected keyword argument "json" for "post"
# ^ pyright [reportCallIssue]: No parameter named "json"
httpx.get(URL.encode())
# ^ mypy [arg-type]: incompatible type "bytes"; expected "URL | str"
# ^ pyright [reportArgumentType]: parameter "url" of type "URL | str"
httpx.get(URL, headers={"a": 1})
# ^ mypy [arg-type]: Argument "headers" to "get" has incompatible type "dict[str, int]"
# ^ pyright [reportArgumentType]: parameter "headers" of type "HeaderTypes | None"
httpx.Response("200")
# ^ mypy [arg-type]: Argument 1 to "Response" has incompatible type "str"; expected "int"
# ^ pyright [reportArgumentType]: "status_code"
httpx.timeout("5")
# ^ mypy [arg-type]: Argument 1 to "timeout" has incompatible type "str"; expected "float | None"
# ^ pyright [reportArgumentType]: "seconds"
