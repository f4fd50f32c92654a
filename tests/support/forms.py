"""Forms as a server reads them: by `python-multipart`, which is what most Python servers use."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.multipart import MultipartParser, parse_options_header


@dataclass
class ReadPart:
    """One part of a form."""

    headers: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """By name in lower case."""
    value: bytes = b""

    @property
    def name(self) -> str | None:
        """The field's name, its escapes left on."""
        return self._option(b"name")

    @property
    def filename(self) -> str | None:
        """The filename, its escapes left on; `None` if there is none."""
        return self._option(b"filename")

    @property
    def content_type(self) -> str | None:
        """The media type, `None` if there is none."""
        found = self.headers.get("content-type")
        return None if found is None else found.decode("latin-1")

    def _option(self, key: bytes) -> str | None:
        _, options = parse_options_header(self.headers["content-disposition"])
        found = options.get(key)
        return None if found is None else found.decode("utf-8")


def boundary_of(content_type: str) -> str:
    """The boundary that a `Content-Type` names."""
    kind, options = parse_options_header(content_type)
    assert kind == b"multipart/form-data"
    return options[b"boundary"].decode("ascii")


def read_form(content_type: str, body: bytes) -> list[ReadPart]:
    """The parts of a form."""
    parts: list[ReadPart] = []
    name = value = b""
    ended: list[bool] = []

    def part_begins() -> None:
        parts.append(ReadPart())

    def data(chunk: bytes, start: int, end: int) -> None:
        parts[-1].value += chunk[start:end]

    def header_name(chunk: bytes, start: int, end: int) -> None:
        nonlocal name
        name += chunk[start:end]

    def header_value(chunk: bytes, start: int, end: int) -> None:
        nonlocal value
        value += chunk[start:end]

    def header_ends() -> None:
        nonlocal name, value
        parts[-1].headers[name.decode("ascii").lower()] = value
        name = value = b""

    parser = MultipartParser(
        boundary_of(content_type),
        {
            "on_part_begin": part_begins,
            "on_part_data": data,
            "on_header_field": header_name,
            "on_header_value": header_value,
            "on_header_end": header_ends,
            "on_end": lambda: ended.append(True),
        },
        max_header_size=1 << 16,
    )
    parser.write(body)
    parser.finalize()
    assert ended, "the form has no end"
    return parts
