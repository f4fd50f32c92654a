"""Files and forms with files of the threaded API."""

from __future__ import annotations

import io
from pathlib import Path
from typing import assert_type

import httpx

file = httpx.File(Path("a.png"), filename="b.png", content_type="image/png")
assert_type(file.size, int | None)
assert_type(file.encode(), httpx.FileStream)
assert_type(file.encode().read(10), bytes)
assert_type(httpx.File(io.BytesIO(b"data"), filename="c.bin").content_type(), str)
form = httpx.MultiPart(
    {"text": "a", "number": 1, "json": httpx.JSON({}), "many": ["a", b"b"]},
    [("file", file), ("file", httpx.Part(b"data", filename="d.bin", headers={"a": "b"}))],
)
assert_type(form.encode(), httpx.MultiPartStream)
assert_type(form.content_type(), str)
uploads: httpx.MultiPart = httpx.Files({"file": file})


def show(progress: httpx.Progress) -> None:
    assert_type(progress.done, int)
    assert_type(progress.total, int | None)
    assert_type(progress.fraction, float | None)


for content in (file, form, uploads, httpx.Watched(form, show), file.encode()):
    httpx.post("https://a.test/", content=content)
assert_type(httpx.get("https://a.test/").watch(show), httpx.Response)
for piece in httpx.Watched(b"data", print).encode():
    print(piece)
