"""Files opened as text, fields that are none, and files of the other colour."""

from __future__ import annotations

import io
from pathlib import Path

import ahttpx
import httpx

URL = "https://a.test/"

with Path("a.txt").open() as text:
    httpx.post(URL, content=text)
    # ^ mypy [arg-type]: incompatible type "TextIOWrapper[_WrappedBuffer]"; expected "bytes | str |
    # ^ pyright [reportArgumentType]: "encode" is not present
    httpx.File(text)
    # ^ mypy [arg-type]: incompatible type "TextIOWrapper[_WrappedBuffer]"; expected "str |
    # ^ pyright [reportArgumentType]: "__fspath__" is not present
httpx.File(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | PathLike[str] | BinaryFile"
# ^ pyright [reportArgumentType]: "__fspath__" is not present
httpx.File(io.StringIO("text"))
# ^ mypy [arg-type]: incompatible type "StringIO"; expected "str | PathLike[str] | BinaryFile"
# ^ pyright [reportArgumentType]: "__fspath__" is not present
httpx.post(URL, content=Path("a.txt"))
# ^ mypy [arg-type]: incompatible type "Path"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is not present
httpx.MultiPart({"a": object()})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "str": "object"; expected "str": "int |
# ^ pyright [reportArgumentType]: "object" is not assignable to "str"
httpx.MultiPart("a=b")
# ^ mypy [arg-type]: incompatible type "str"; expected "Mapping[str, str | int | float | bool |
# ^ pyright [reportArgumentType]: "str" is not assignable to "tuple[str, Value | Part]"
httpx.Files({"a": "text"})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "str": "str"; expected "str": "File | Part
# ^ pyright [reportArgumentType]: Type "dict[str, str]" is not assignable to type "FileTypes"
httpx.post(URL, content=ahttpx.File("a.txt"))
# ^ mypy [arg-type]: incompatible type "File"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is an incompatible type
ahttpx.Request("POST", URL, content=httpx.File("a.txt"))
# ^ mypy [arg-type]: incompatible type "File"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is an incompatible type
ahttpx.Request("POST", URL, content=httpx.MultiPart({"a": "b"}))
# ^ mypy [arg-type]: incompatible type "MultiPart"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is an incompatible type
httpx.MultiPart({"a": ahttpx.File("a.txt")})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "str": "File"; expected "str": "int |
# ^ pyright [reportArgumentType]: "File" is not assignable to "str"
ahttpx.Watched(httpx.File("a.txt"), print)
# ^ mypy [arg-type]: incompatible type "File"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is an incompatible type
