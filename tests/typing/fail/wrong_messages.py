"""Messages made with what they do not take."""

from __future__ import annotations

import ahttpx
import httpx

httpx.Response(200, b"body")
# ^ mypy [call-arg]: Too many positional arguments for "Response"
# ^ mypy [arg-type]: incompatible type "bytes"; expected "Headers | Mapping[str, str] |
# ^ pyright [reportCallIssue]: Expected 1 positional argument
httpx.Response(200, json={"a": 1})
# ^ mypy [call-arg]: Unexpected keyword argument "json" for "Response"
# ^ pyright [reportCallIssue]: No parameter named "json"
ahttpx.Response(200, text="text")
# ^ mypy [call-arg]: Unexpected keyword argument "text" for "Response"
# ^ pyright [reportCallIssue]: No parameter named "text"
ahttpx.Response(200.0)
# ^ mypy [arg-type]: Argument 1 to "Response" has incompatible type "float"; expected "int"
# ^ pyright [reportArgumentType]: "float" is not assignable to "int"
httpx.Response(None)
# ^ mypy [arg-type]: Argument 1 to "Response" has incompatible type "None"; expected "int"
# ^ pyright [reportArgumentType]: "None" is not assignable to "int"
httpx.Request("GET")
# ^ mypy [call-arg]: Missing positional argument "url" in call to "Request"
# ^ pyright [reportCallIssue]: Argument missing for parameter "url"
httpx.Request(b"GET", "https://a.test/")
# ^ mypy [arg-type]: Argument 1 to "Request" has incompatible type "bytes"; expected "str"
# ^ pyright [reportArgumentType]: "Literal[b"GET"]" is not assignable to "str"
httpx.Request("GET", "https://a.test/", params={"a": "b"})
# ^ mypy [call-arg]: Unexpected keyword argument "params" for "Request"
# ^ pyright [reportCallIssue]: No parameter named "params"
httpx.Request("GET", "https://a.test/", options={"max_body_size": 1})
# ^ mypy [arg-type]: incompatible type "dict[str, int]"; expected "RequestOptions"
# ^ pyright [reportArgumentType]: "dict[str, int]" cannot be assigned to parameter "options" of
httpx.RequestOptions(timeout=5)
# ^ mypy [call-arg]: Unexpected keyword argument "timeout" for "RequestOptions"
# ^ pyright [reportCallIssue]: No parameter named "timeout"
httpx.Request("GET", "https://a.test/").copy_with(json={})
# ^ mypy [call-arg]: Unexpected keyword argument "json" for "copy_with" of "Request"
# ^ pyright [reportCallIssue]: No parameter named "json"
ahttpx.ResponseHead("200")
# ^ mypy [arg-type]: Argument 1 to "ResponseHead" has incompatible type "str"; expected "int"
# ^ pyright [reportArgumentType]: "Literal['200']" is not assignable to "int"
httpx.HTML(None)
# ^ mypy [arg-type]: Argument 1 to "HTML" has incompatible type "None"; expected "str"
# ^ pyright [reportArgumentType]: "None" is not assignable to "str"
httpx.JSON()
# ^ mypy [call-arg]: Missing positional argument "value" in call to "JSON"
# ^ pyright [reportCallIssue]: Argument missing for parameter "value"
httpx.JSON({}, dumps=5)
# ^ mypy [arg-type]: incompatible type "int"; expected "Callable[[Any], str | bytes] | None"
# ^ pyright [reportArgumentType]: "Literal[5]" is not assignable to "None"
httpx.Form(7)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | Mapping[str, str | int | float | bool
# ^ pyright [reportArgumentType]: "__next__" is not present
