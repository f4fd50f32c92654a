"""Forms: what is between the values, to the byte; and that servers read back what was meant."""

from __future__ import annotations

import email
import email.policy
import io
import pickle
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ahttpx
import httpx
from httpx.impl.values.media_types import media_type_of
from httpx.impl.values.multipart import (
    checked_boundary,
    closing,
    escaped,
    form_data_type,
    new_boundary,
    part_head,
)
from httpx.impl.values.progress import Progress, size_text
from support.forms import boundary_of, read_form

names = st.text(
    st.characters(exclude_characters="\\\0", exclude_categories=["Cs"]), min_size=1, max_size=12
)
"""Without the backslash: it is sent as it is, as browsers do, and parsers do not agree on it."""

values = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.binary())


def whole(content: httpx.MultiPart) -> bytes:
    return b"".join(content.encode())


# -- to the byte


def test_a_form_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"\x89PNG")
    form = httpx.MultiPart(
        {"title": "Cats", "tags": ["a", "b"], "meta": httpx.JSON({"n": 1})},
        files={"cover": httpx.File(path)},
        boundary="BOUND",
    )
    assert form.content_type() == "multipart/form-data; boundary=BOUND"
    assert whole(form) == (
        b'--BOUND\r\nContent-Disposition: form-data; name="title"\r\n\r\nCats\r\n'
        b'--BOUND\r\nContent-Disposition: form-data; name="tags"\r\n\r\na\r\n'
        b'--BOUND\r\nContent-Disposition: form-data; name="tags"\r\n\r\nb\r\n'
        b'--BOUND\r\nContent-Disposition: form-data; name="meta"\r\n'
        b'Content-Type: application/json\r\n\r\n{"n":1}\r\n'
        b'--BOUND\r\nContent-Disposition: form-data; name="cover"; filename="cat.png"\r\n'
        b"Content-Type: image/png\r\n\r\n\x89PNG\r\n"
        b"--BOUND--\r\n"
    )
    assert form.encode().size == len(whole(form))


def test_an_empty_form() -> None:
    assert whole(httpx.MultiPart({}, boundary="B")) == b"--B--\r\n"
    assert repr(httpx.MultiPart()) == "<MultiPart [0 parts]>"
    assert repr(httpx.Files({"f": httpx.File(io.BytesIO())})) == "<Files [1 part]>"


def test_files_are_a_form_of_files_only() -> None:
    def content() -> httpx.File:
        return httpx.File(io.BytesIO(b"data"), filename="a.txt")

    form = httpx.Files([("f", content()), ("f", content())], boundary="B")
    same = httpx.MultiPart(files=[("f", content()), ("f", content())], boundary="B")
    assert whole(form) == whole(same)
    assert [part.filename for part in read_form(form.content_type(), whole(form))] == ["a.txt"] * 2


def test_a_part_has_its_own_name_type_and_headers() -> None:
    form = httpx.MultiPart(
        [
            ("a", httpx.Part(b"1", filename="one", content_type="x/y", headers={"X-Id": "7"})),
            ("a", httpx.Part(httpx.JSON([]), content_type="application/ld+json")),
            ("b", httpx.Part(httpx.File(io.BytesIO(b"2"), filename="two.txt"))),
            ("c", httpx.Part(httpx.File(io.BytesIO(b"3"), filename="three"), filename="drei")),
            ("d", httpx.File(io.BytesIO(b"4"))),
        ]
    )
    one, json, two, three, four = read_form(form.content_type(), whole(form))
    assert (one.name, one.filename, one.content_type, one.value) == ("a", "one", "x/y", b"1")
    assert one.headers["x-id"] == b"7"
    assert (json.filename, json.content_type) == (None, "application/ld+json")
    assert (two.filename, two.content_type) == ("two.txt", "text/plain")
    assert (three.filename, three.content_type) == ("drei", "application/octet-stream")
    assert four.filename == "blob"  # as browsers call it: without a name it would be no file


def test_values_become_text_as_in_forms() -> None:
    form = httpx.MultiPart({"n": 3, "x": 1.5, "yes": True, "nothing": None, "raw": b"\xff"})
    read = {part.name: part.value for part in read_form(form.content_type(), whole(form))}
    assert read == {"n": b"3", "x": b"1.5", "yes": b"true", "nothing": b"", "raw": b"\xff"}


def test_a_value_of_unknown_size_makes_the_whole_unknown() -> None:
    class Unsized(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: object) -> int:
            return 0

    form = httpx.MultiPart({"a": "1", "f": httpx.File(Unsized())})
    assert form.encode().size is None
    assert repr(form.encode()) == "<MultiPartStream [0B]>"


# -- what is refused


@pytest.mark.parametrize(
    "value",
    [
        io.BytesIO(b"x"),
        ("name.txt", b"x", "text/plain"),
        object(),
        {"a": 1},
        httpx.JSON,
        [["nested"]],
    ],
)
def test_other_values_are_refused_with_advice(value: object) -> None:
    with pytest.raises(TypeError, match=r"the value of 'f' .*(write|takes)"):
        httpx.MultiPart({"f": cast("str", value)})


@pytest.mark.parametrize("value", ["path.txt", b"data", httpx.Part("x"), io.BytesIO()])
def test_files_have_to_be_files(value: object) -> None:
    with pytest.raises(TypeError, match="the value of 'f'"):
        httpx.MultiPart(files={"f": cast("httpx.File", value)})


@pytest.mark.parametrize("fields", ["a=b", b"a=b", 3, [("a",)], [("a", "b", "c")], ["ab"], {1: ""}])
def test_other_fields_are_refused(fields: object) -> None:
    with pytest.raises(TypeError, match=r"(form|field)"):
        httpx.MultiPart(cast("dict[str, str]", fields))


@pytest.mark.parametrize("bad", ["text/plain\r\nX: y", "a\nb", "a\rb", "a\0b", "a\x7fb", "", "ü€"])
def test_media_types_cannot_carry_headers(bad: str) -> None:
    for make in (httpx.File, ahttpx.File):
        with pytest.raises(ValueError, match=r"(?i)content.type"):
            make("a.txt", content_type=bad)
    for part in (httpx.Part, ahttpx.Part):
        with pytest.raises(ValueError, match=r"(?i)content.type"):
            part("x", content_type=bad)


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nY: b"},
        {"X\r\n": "a"},
        {"content-disposition": 'form-data; name="b"'},
        {"content-type": "a/b"},
    ],
)
def test_headers_of_a_part_cannot_carry_others(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        httpx.Part("x", headers=headers)


@pytest.mark.parametrize("bad", ["", "x" * 71, 'a"b', "a\r\nb", "blank ", "ü", "a;b", "a\n"])
def test_bad_boundaries(bad: str) -> None:
    with pytest.raises(ValueError, match="boundary"):
        httpx.MultiPart({}, boundary=bad)


@pytest.mark.parametrize("source", [b"path", 3, None, io.BytesIO, [b"x"]])
def test_what_is_no_file(source: object) -> None:
    with pytest.raises(TypeError, match=r"io\.BytesIO\(data\)"):
        httpx.File(cast("str", source))


def test_text_files_are_refused() -> None:
    with pytest.raises(TypeError, match='mode "rb"'):
        httpx.File(cast("io.BytesIO", io.StringIO("text")))


# -- round trips


@given(st.lists(st.tuples(names, values), max_size=5), st.one_of(st.none(), names))
def test_servers_read_back_what_was_meant(
    fields: list[tuple[str, str | bytes]], filename: str | None
) -> None:
    given_parts: list[tuple[str, str | bytes | httpx.Part]] = [*fields]
    if filename is not None:
        given_parts.append(("file", httpx.Part(b"\r\n--", filename=filename)))
    form = httpx.MultiPart(given_parts)
    body = whole(form)
    read = read_form(form.content_type(), body)
    assert [part.name for part in read] == [escaped(name) for name, _ in given_parts]
    for part, (_, value) in zip(read, fields, strict=False):
        assert part.value == (value if isinstance(value, bytes) else value.encode())
        assert part.filename is None
        assert list(part.headers) == ["content-disposition"]
    if filename is not None:
        assert read[-1].value == b"\r\n--"
        shown = read[-1].filename
        assert shown is not None
        # The parser takes folders off, as an old browser sent them.
        assert escaped(filename).endswith(shown)


@given(st.lists(st.tuples(names, st.binary(max_size=40)), min_size=1, max_size=4))
def test_mail_programs_read_it_too(fields: list[tuple[str, bytes]]) -> None:
    form = httpx.MultiPart(fields)
    head = f"Content-Type: {form.content_type()}\r\n\r\n".encode()
    message = email.message_from_bytes(head + whole(form), policy=email.policy.HTTP)
    assert isinstance(message, EmailMessage)
    parts = list(message.iter_parts())
    assert len(parts) == len(fields)
    assert not message.defects


@given(names, names)
def test_nothing_in_a_name_ends_its_line_or_its_quotes(name: str, filename: str) -> None:
    head = part_head("B", name, filename, None, httpx.Headers())
    lines = head.split(b"\r\n")
    assert len(lines) == 4
    assert lines[2:] == [b"", b""]
    assert b"\r" not in lines[1]
    assert b"\n" not in lines[1]
    assert lines[1].count(b'"') == 4


def test_an_attempt_at_injection() -> None:
    evil = 'x"; filename="shell.php"\r\nContent-Type: text/html\r\n\r\n<script>\r\n--B\r\n'
    form = httpx.MultiPart({evil: httpx.Part("v", filename=evil)}, boundary="B")
    (part,) = read_form(form.content_type(), whole(form))
    assert part.value == b"v"
    assert part.content_type is None
    assert part.name == part.filename == escaped(evil)
    assert escaped('a"b\rc\nd\\é%') == "a%22b%0Dc%0Ad\\é%"


def test_lone_surrogates_do_not_stop_a_form() -> None:
    assert b'name="\xef\xbf\xbd"' in part_head("B", "\ud800", None, None, httpx.Headers())


@given(st.from_regex(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]", fullmatch=True))
def test_every_boundary_is_read_back(boundary: str) -> None:
    assert boundary_of(form_data_type(checked_boundary(boundary))) == boundary
    assert closing(boundary) == b"--" + boundary.encode() + b"--\r\n"


def test_boundaries_are_random_and_stay() -> None:
    assert len({new_boundary() for _ in range(100)}) == 100
    form = httpx.MultiPart({"a": "b"})
    assert whole(form) == whole(form)
    assert form.boundary == boundary_of(form.content_type())
    assert form.boundary.encode() in whole(form)


# -- names, types, sizes


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cat.png", "image/png"),
        ("cat.PNG", "image/png"),
        ("page.html", "text/html"),
        ("archive.tar.gz", "application/gzip"),
        ("data.json.xz", "application/x-xz"),
        ("strange.xyzzy", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_media_types_by_name(name: str, kind: str) -> None:
    assert media_type_of(name) == kind
    assert httpx.File(name or "/").content_type() == kind


def test_names_of_files(tmp_path: Path) -> None:
    path = tmp_path / "a b.txt"
    path.write_bytes(b"")
    assert httpx.File(str(path)).filename == "a b.txt"
    assert httpx.File(path, filename="other").filename == "other"
    with path.open("rb") as file:
        assert httpx.File(file).filename == "a b.txt"
    assert httpx.File(io.BytesIO()).filename is None
    assert repr(httpx.File(path)) == '<File ["a b.txt" text/plain]>'


@pytest.mark.parametrize("make", [httpx.File, ahttpx.File])
def test_files_by_path_pickle(make: type[httpx.File] | type[ahttpx.File]) -> None:
    file = pickle.loads(pickle.dumps(make("a.txt", content_type="x/y")))
    assert type(file) is make
    assert (file.filename, file.content_type()) == ("a.txt", "x/y")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (999, "999B"),
        (1000, "1.0KB"),
        (12_345_678, "12.3MB"),
        (999_949, "999.9KB"),
        (999_999, "1.0MB"),
        (10**21, "1000.0EB"),
    ],
)
def test_sizes_in_words(size: int, text: str) -> None:
    assert size_text(size) == text


@given(st.integers(0, 10**30))
def test_every_size_has_words(size: int) -> None:
    assert size_text(size).endswith("B")


def test_progress() -> None:
    assert str(Progress(41, 100)) == "41% of 100B"
    assert str(Progress(999_999, 1_000_000)) == "99% of 1.0MB"
    assert str(Progress(5_100_000, None)) == "5.1MB"
    assert Progress(1, 4).fraction == 0.25
    assert Progress(0, 0).fraction == 1.0
    assert Progress(5, 4).fraction == 1.0
    assert Progress(5, None).fraction is None
    assert pickle.loads(pickle.dumps(Progress(1, 2))) == (1, 2)
