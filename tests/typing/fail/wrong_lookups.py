"""Names, files and times that are none, where something is looked up, stored or made."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta

import ahttpx
import httpx

HEADERS = httpx.Headers({"a": "b"})
PARAMS = httpx.QueryParams({"a": "b"})
COOKIES = httpx.Cookies({"a": "b"})

HEADERS.get_all(b"a")
# ^ mypy [arg-type]: incompatible type "bytes"; expected "str"
# ^ pyright [reportArgumentType]: parameter "key" of type "str" in function "get_all"
HEADERS.copy_remove(None)
# ^ mypy [arg-type]: incompatible type "None"; expected "str"
# ^ pyright [reportArgumentType]: parameter "key" of type "str" in function "copy_remove"
PARAMS.get_all(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str"
# ^ pyright [reportArgumentType]: parameter "key" of type "str" in function "get_all"
PARAMS.copy_set(["a"], "b")
# ^ mypy [arg-type]: incompatible type "list[str]"; expected "str"
# ^ pyright [reportArgumentType]: parameter "key" of type "str" in function "copy_set"
httpx.URL("https://a.test/").copy_append_param(5, "b")
# ^ mypy [arg-type]: incompatible type "int"; expected "str"
# ^ pyright [reportArgumentType]: parameter "key" of type "str" in function "copy_append_param"
COOKIES.get_all(["a"])
# ^ mypy [arg-type]: incompatible type "list[str]"; expected "str"
# ^ pyright [reportArgumentType]: parameter "name" of type "str" in function "get_all"
COOKIES.cookies_for("https://a.test/")
# ^ mypy [arg-type]: incompatible type "str"; expected "CookieURL"
# ^ pyright [reportArgumentType]: parameter "url" of type "CookieURL" in function "cookies_for"
COOKIES.clear(domain=b"a.test")
# ^ mypy [arg-type]: incompatible type "bytes"; expected "str | None"
# ^ pyright [reportArgumentType]: parameter "domain" of type "str | None" in function "clear"
COOKIES.set("a", "b", expires=datetime(2030, 1, 1))
# ^ mypy [arg-type]: incompatible type "datetime"; expected "float | None"
# ^ pyright [reportArgumentType]: parameter "expires" of type "float | None" in function "set"
COOKIES.set("a", "b", max_age=timedelta(days=1))
# ^ mypy [arg-type]: incompatible type "timedelta"; expected "float | None"
# ^ pyright [reportArgumentType]: parameter "max_age" of type "float | None" in function "set"
COOKIES.update_from_response(httpx.URL("https://a.test/"), [b"a=b"])
# ^ mypy [list-item]: incompatible type "bytes"; expected "str"
# ^ pyright [reportArgumentType]: parameter "set_cookie" of type "Iterable[str]" in function
COOKIES.save(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | PathLike[str]"
# ^ pyright [reportArgumentType]: parameter "path" of type "str | PathLike[str]" in function "save"
httpx.NetRCAuth(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | PathLike[str] | None"
# ^ pyright [reportArgumentType]: parameter "path" of type "str | PathLike[str] | None" in function
httpx.HARRecorder(httpx.ConnectionPool()).save(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | PathLike[str]"
# ^ pyright [reportArgumentType]: parameter "path" of type "str | PathLike[str]" in function "save"
ahttpx.MultiPart({"a": "b"}, boundary=b"boundary")
# ^ mypy [arg-type]: incompatible type "bytes"; expected "str | None"
# ^ pyright [reportArgumentType]: parameter "boundary" of type "str | None" in function "__init__"
ahttpx.File("a.txt", filename=5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | None"
# ^ pyright [reportArgumentType]: parameter "filename" of type "str | None" in function "__init__"
httpx.Part("text", filename=b"a.txt")
# ^ mypy [arg-type]: incompatible type "bytes"; expected "str | None"
# ^ pyright [reportArgumentType]: parameter "filename" of type "str | None" in function "__init__"
httpx.RetryBudget(clock=5.0)
# ^ mypy [arg-type]: incompatible type "float"; expected "Callable[[], float]"
# ^ pyright [reportArgumentType]: parameter "clock" of type "() -> float" in function "__init__"
httpx.Request("GET", "https://a.test/").copy_with(options={"max_body_size": 5})
# ^ mypy [arg-type]: incompatible type "dict[str, int]"; expected "RequestOptions | None"
# ^ pyright [reportArgumentType]: parameter "options" of type "RequestOptions | None" in function
httpx.RequestOptions(cookies="a=b")
# ^ mypy [arg-type]: incompatible type "str"; expected "Mapping[str, str] | tuple[tuple[str, str],
# ^ pyright [reportArgumentType]: parameter "cookies" of type "Mapping[str, str] | tuple[tuple[str,
httpx.Timeout(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str"
# ^ pyright [reportArgumentType]: parameter "message" of type "str" in function "__init__"
ahttpx.Timeout(5.0, connect=2.0)
# ^ mypy [call-arg]: Unexpected keyword argument "connect" for "Timeout"; did you mean "connection"?
# ^ mypy [arg-type]: incompatible type "float"; expected "str"
# ^ pyright [reportCallIssue]: No parameter named "connect"
httpx.ReadError(OSError("broken"))
# ^ mypy [arg-type]: incompatible type "OSError"; expected "str"
# ^ pyright [reportArgumentType]: parameter "message" of type "str" in function "__init__"


def at_once(stream: httpx.NetworkStream, response: httpx.Response) -> None:
    stream.write("text")
    # ^ mypy [arg-type]: incompatible type "str"; expected "bytes"
    # ^ pyright [reportArgumentType]: parameter "data" of type "bytes" in function "write"
    stream.read("10")
    # ^ mypy [arg-type]: incompatible type "str"; expected "int | None"
    # ^ pyright [reportArgumentType]: parameter "max_bytes" of type "int | None" in function "read"
    stream.start_tls(None, "a.test")
    # ^ mypy [arg-type]: incompatible type "None"; expected "SSLContext"
    # ^ pyright [reportArgumentType]: parameter "ctx" of type "SSLContext" in function "start_tls"
    stream.start_tls(ssl.create_default_context(), None)
    # ^ mypy [arg-type]: incompatible type "None"; expected "str"
    # ^ pyright [reportArgumentType]: parameter "hostname" of type "str" in function "start_tls"
    response.stream.read("10")
    # ^ mypy [arg-type]: incompatible type "str"; expected "int | None"
    # ^ pyright [reportArgumentType]: parameter "size" of type "int | None" in function "read"
