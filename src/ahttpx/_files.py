"""Files and forms as content: `File`, `Files`, `MultiPart` and their parts."""

from __future__ import annotations

import os
from collections.abc import ItemsView, Iterable, Mapping, Sequence
from typing import TypeAlias, cast

from httpx.impl.core.bodies import RequestBody
from httpx.impl.core.files import BinaryFile, FileSource, Lending, path_source
from httpx.impl.core.multipart import MultiPartSource
from httpx.impl.values.described import check_text
from httpx.impl.values.headers import Headers, HeaderTypes
from httpx.impl.values.media_types import media_type_of
from httpx.impl.values.multipart import (
    checked_boundary,
    checked_content_type,
    checked_part_headers,
    form_data_type,
    new_boundary,
    part_head,
)
from httpx.impl.values.params import Primitive, flatten_params

from ._content import ContentStream, body_of_content, runtime
from .interfaces import Content


class FileStream(ContentStream):
    """A file on its way: `<FileStream [41% of 12.3MB]>`. `File.encode()` makes them."""

    __slots__ = ()


class MultiPartStream(ContentStream):
    """A form on its way: `<MultiPartStream [41% of 12.3MB]>`. `MultiPart.encode()` makes them."""

    __slots__ = ()


class File:
    """A file as content, read from disk while it is sent.

    Reading is done in a worker thread, so that the event loop goes on. A path is opened when the
    first piece is sent and closed after the last; each time that it is sent it is opened anew. A
    file object stays the caller's to close: it is read from where it stood when the `File` was
    made, and it can be sent again if it can be sought.

    The size goes into the headers when the request is made. If the file has changed its size by
    the time it is sent, that is a `LocalProtocolError`, and the connection is closed.

    Parameters:
        source: a path, or a file object opened in binary mode.
        filename: the name that a form shows to the server; `None` for the last part of the path.
        content_type: the media type; `None` for that which `mimetypes` has for the name, or
            `application/octet-stream`.

    Raises:
        TypeError: `source` is neither, or was opened in text mode.
        ValueError: `content_type` cannot be sent: it has CR, LF or another control character.
    """

    __slots__ = ("_content_type", "_lent", "_path", "filename")

    filename: str | None
    """The name that a form shows to the server; `None` for a file object that has none."""

    def __init__(
        self,
        source: str | os.PathLike[str] | BinaryFile,
        *,
        filename: str | None = None,
        content_type: str | None = None,
    ) -> None:
        path, lent = _file_of(source)
        self._path: str = path
        self._lent: Lending | None = lent
        if filename is None:
            filename = os.path.basename(path) or None
        else:
            check_text(filename, "File(filename=...)")
        self.filename = filename
        if content_type is not None:
            content_type = checked_content_type(content_type)
        self._content_type: str | None = content_type

    @property
    def size(self) -> int | None:
        """The bytes to be sent; `None` where only reading tells. Of a path: as of now.

        Raises:
            OSError: there is no such file.
        """
        return self._source().size

    def encode(self) -> FileStream:
        """A stream of the file, from its beginning; nothing is opened before it is read.

        Raises:
            OSError: there is no such file, or it is a folder.
        """
        return FileStream(self._source())

    def content_type(self) -> str:
        """The media type."""
        if self._content_type is None:
            self._content_type = media_type_of(self.filename or "")
        return self._content_type

    def _source(self) -> FileSource:
        if self._lent is not None:
            return self._lent.source(runtime)
        return path_source(self._path, runtime)

    def __repr__(self) -> str:
        return f'<File ["{self.filename or "unnamed"}" {self.content_type()}]>'


def _file_of(source: object) -> tuple[str, Lending | None]:
    """The path of a file, or what it is called, and the file object if it is one."""
    kind = type(source).__name__
    if isinstance(source, (str, os.PathLike)):
        path = os.fspath(cast("str | os.PathLike[str] | os.PathLike[bytes]", source))
        if isinstance(path, str):
            return path, None
    elif not isinstance(source, type) and callable(getattr(source, "read", None)):
        if _waits(source):
            raise TypeError(
                "File(...) was handed an asynchronous file: hand over its path, or a file object "
                "of open(..., 'rb')"
            )
        lent = Lending(cast("BinaryFile", source))
        return lent.name or "", lent
    raise TypeError(
        f"File(...) takes a path or a file opened in binary mode, not {kind}; "
        "for bytes in memory write File(io.BytesIO(data), filename=...)"
    )


def _waits(source: object) -> bool:
    """Whether `source` is an asynchronous file."""
    return hasattr(source, "__aiter__")


class Part:
    """A value of a form, with what is to be said of it.

    Parameters:
        value: text, bytes, or a `Content` such as `JSON(...)`.
        filename: makes a file of it, for the server; `None` for none.
        content_type: its media type; `None` for that of the value, if it has one.
        headers: further headers of this part.

    Raises:
        ValueError: `content_type` or a header has CR, LF or another control character, or
            `headers` say what is made from the other parameters.
    """

    __slots__ = ("content_type", "filename", "headers", "value")

    value: Value
    """The value."""
    filename: str | None
    """The name of the file that it is, for the server; `None` for none."""
    content_type: str | None
    """The media type; `None` for that of the value."""
    headers: Headers
    """Further headers."""

    def __init__(
        self,
        value: Value,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        headers: HeaderTypes | None = None,
    ) -> None:
        self.value = value
        if filename is not None:
            check_text(filename, "Part(filename=...)")
        self.filename = filename
        self.content_type = None if content_type is None else checked_content_type(content_type)
        self.headers = checked_part_headers(Headers(headers))

    def __repr__(self) -> str:
        named = "" if self.filename is None else f' "{self.filename}"'
        return f"<Part{named} of {type(self.value).__name__}>"


Value: TypeAlias = Primitive | bytes | Content
"""What one value of a form may be given as; a `File` is a `Content`."""

FieldTypes: TypeAlias = (
    Mapping[str, Value | Part | Sequence[Value | Part]]
    | Sequence[tuple[str, Value | Part]]
    | ItemsView[str, Value | Part]
)
"""What the fields of a form may be given as: a mapping (a list repeats the field), or pairs."""

FileTypes: TypeAlias = (
    Mapping[str, File | Part | Sequence[File | Part]]
    | Sequence[tuple[str, File | Part]]
    | ItemsView[str, File | Part]
)
"""What the files of a form may be given as: a mapping (a list repeats the field), or pairs."""


class MultiPart:
    """A form with files, as browsers send it: `multipart/form-data` (RFC 7578).

        MultiPart({"title": "Cats", "tags": ["a", "b"], "cover": File("cat.png")})

    Fields come first, then files, in the order given. Files are read from disk while they are
    sent. If the sizes of all values are known the request has a `Content-Length`. Values are sent
    as they are; names and filenames are escaped as browsers do.

    Parameters:
        fields: a mapping of names to values, or pairs. A value is text, a number, `bytes`, a
            `File`, another `Content` such as `JSON(...)`, a `Part` of these, or a list of them,
            which repeats the field. `True` is "true" and `None` is "", as in `Form`.
        files: the same, but only with `File`, or `Part` with a filename: for those who like to
            keep them apart.
        boundary: what separates the parts, and occurs in none of them; random if `None`.

    Raises:
        TypeError: a name or a value is nothing of the above.
        ValueError: `boundary` cannot be one.
    """

    __slots__ = ("_parts", "boundary")

    boundary: str
    """What separates the parts."""

    def __init__(
        self,
        fields: FieldTypes | None = None,
        files: FileTypes | None = None,
        *,
        boundary: str | None = None,
    ) -> None:
        parts = [(name, _part_of(name, value)) for name, value in _pairs(fields)]
        parts += [(name, _file_part(name, value)) for name, value in _pairs(files)]
        self._parts: list[tuple[str, Part]] = parts
        self.boundary = new_boundary() if boundary is None else checked_boundary(boundary)

    def encode(self) -> MultiPartStream:
        """A stream of the form, from its beginning; no file is opened before its turn comes.

        Raises:
            OSError: there is no such file, or it is a folder.
        """
        pieces = [self._piece(name, part) for name, part in self._parts]
        return MultiPartStream(MultiPartSource(pieces, self.boundary))

    def _piece(self, name: str, part: Part) -> tuple[bytes, RequestBody]:
        body = body_of_content(cast("Content | bytes | str", part.value))
        kind = part.content_type or body.content_type
        return part_head(self.boundary, name, part.filename, kind, part.headers), body

    def content_type(self) -> str:
        """`multipart/form-data` and the boundary."""
        return form_data_type(self.boundary)

    def __repr__(self) -> str:
        count = len(self._parts)
        return f"<{type(self).__name__} [{count} part{'' if count == 1 else 's'}]>"


class Files(MultiPart):
    """A form that has only files: `Files({"upload": File("cat.png")})`.

    The same as `MultiPart(files=...)`.

    Parameters:
        files: a mapping of names to files, or pairs; a list of files repeats the field. A file is
            a `File`, or a `Part` with a filename.
        boundary: what separates the parts, and occurs in none of them; random if `None`.

    Raises:
        TypeError: a name or a file is nothing of the above.
        ValueError: `boundary` cannot be one.
    """

    __slots__ = ()

    def __init__(self, files: FileTypes, *, boundary: str | None = None) -> None:
        super().__init__(files=files, boundary=boundary)


def _pairs(fields: object) -> Iterable[tuple[str, object]]:
    """The names and single values that `fields` stands for."""
    if fields is None:
        return
    if isinstance(fields, Mapping):
        given: Iterable[object] = cast("Mapping[object, object]", fields).items()
    elif isinstance(fields, Iterable) and not isinstance(fields, (str, bytes, Content)):
        given = cast("Iterable[object]", fields)
    else:
        raise TypeError(f"the fields of a form are a mapping or pairs, not {type(fields).__name__}")
    for item in given:
        if not isinstance(item, (tuple, list)) or len(cast("Sequence[object]", item)) != 2:
            raise TypeError(f"a field of a form is a pair of name and value, not {item!r:.80}")
        name, value = cast("Sequence[object]", item)
        if not isinstance(name, str):
            raise TypeError(f"the name of a field has to be a str, not {type(name).__name__}")
        if isinstance(value, list):
            for single in cast("list[object]", value):
                yield name, single
        else:
            yield name, value


def _part_of(name: str, value: object) -> Part:
    """The part that `value` makes; its value is text, bytes or a `Content`."""
    if isinstance(value, Part):
        made = _part_of(name, value.value)
        made.filename = made.filename if value.filename is None else value.filename
        made.content_type, made.headers = value.content_type, value.headers
        return made
    if isinstance(value, File):
        # A part is a file for the server only if it has a name; "blob" is what browsers send.
        return Part(value, filename=value.filename or "blob")
    if isinstance(value, bytes):
        return Part(value)
    if value is None or isinstance(value, (str, int, float)):
        return Part(flatten_params([(name, value)])[0][1])
    if isinstance(value, Content) and not isinstance(value, type):
        return Part(value)
    raise TypeError(_advice(name, value))


def _file_part(name: str, value: object) -> Part:
    """The part of a file. Refuses what is none: a `str` might be meant as a path, or as text."""
    if not isinstance(value, File) and not (isinstance(value, Part) and value.filename is not None):
        raise TypeError(_advice(name, value))
    return _part_of(name, value)


def _advice(name: str, value: object) -> str:
    """What to write in place of `value`."""
    kind = type(value).__name__
    if isinstance(value, tuple):
        return (
            f"the value of {name!r} is a tuple: write File(source, filename=..., content_type=...) "
            "or Part(value, filename=..., headers=...)"
        )
    if callable(getattr(value, "read", None)) and not isinstance(value, type):
        return f"the value of {name!r} is a file object: write File(...) around it"
    return (
        f"the value of {name!r} is of type {kind}: a field takes text, a number, bytes, File(...), "
        "a Content such as JSON(...), Part(...), or a list of these; a file takes File(...) or "
        "Part(..., filename=...)"
    )
