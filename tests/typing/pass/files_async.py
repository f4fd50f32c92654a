"""Files and forms with files of the async API."""

from __future__ import annotations

import io
from pathlib import Path
from typing import assert_type

import ahttpx

file = ahttpx.File(Path("a.png"), filename="b.png", content_type="image/png")
assert_type(file.size, int | None)
assert_type(file.encode(), ahttpx.FileStream)
assert_type(ahttpx.File(io.BytesIO(b"data"), filename="c.bin").content_type(), str)
form = ahttpx.MultiPart(
    {"text": "a", "number": 1, "json": ahttpx.JSON({}), "many": ["a", b"b"]},
    [("file", file), ("file", ahttpx.Part(b"data", filename="d.bin", headers={"a": "b"}))],
)
assert_type(form.encode(), ahttpx.MultiPartStream)
assert_type(form.content_type(), str)
uploads: ahttpx.MultiPart = ahttpx.Files({"file": file})


def show(progress: ahttpx.Progress) -> None:
    assert_type(progress.done, int)
    assert_type(progress.fraction, float | None)


async def main() -> None:
    assert_type(await file.encode().read(10), bytes)
    for content in (file, form, uploads, ahttpx.Watched(form, show), file.encode()):
        await ahttpx.post("https://a.test/", content=content)
    response = await ahttpx.get("https://a.test/")
    assert_type(response.watch(show), ahttpx.Response)
    async for piece in ahttpx.Watched(b"data", print).encode():
        print(piece)
