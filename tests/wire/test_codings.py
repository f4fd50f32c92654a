"""Content codings: whatever the pieces, the whole body or an error, in bounded memory."""

from __future__ import annotations

import gzip
import importlib.util
import re
import sys
import tracemalloc
import zlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from httpx.impl.values.errors import DecodingError
from httpx.impl.wire import codings, stages
from httpx.impl.wire.codings import Decoder, accept_encoding, decoder_for

TEXT = b"The quick brown fox jumps over the lazy dog. " * 40
NOISE = Random(7).randbytes(100_000)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def pack_zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def streamed_zstd(data: bytes) -> bytes:
    """A frame that does not tell its size."""
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(data) + packer.flush()


def pack_brotli(data: bytes) -> bytes:
    return brotli.compress(data, quality=4)


PACK: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", pack_brotli),
    "zstd": ("zstd", pack_zstd),
    "zstd, streamed": ("zstd", streamed_zstd),
}
every_coding = pytest.mark.parametrize(("coding", "pack"), PACK.values(), ids=PACK)


def made(*values: str) -> Decoder:
    decoder = decoder_for(values)
    assert decoder is not None
    return decoder


def drain(decoder: Decoder, size: int) -> bytes:
    """What can be read now."""
    data = bytearray()
    while (piece := decoder.read(size)) is not None:
        assert 0 < len(piece) <= size
        data += piece
    return bytes(data)


def decode(decoder: Decoder, coded: bytes, step: int = 1 << 30, size: int = 65536) -> bytes:
    data = bytearray()
    for begin in range(0, len(coded), step):
        decoder.feed(coded[begin : begin + step])
        data += drain(decoder, size)
    decoder.finish()
    return bytes(data)


# What is offered


def test_what_is_offered_is_what_can_be_decoded() -> None:
    assert accept_encoding() == "gzip, deflate, br, zstd"
    for name in accept_encoding().split(", "):
        assert decoder_for([name]) is not None


def test_what_is_not_installed_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codings, "_accepted", None)
    monkeypatch.setitem(sys.modules, "brotli", None)
    monkeypatch.setitem(sys.modules, "brotlicffi", None)
    if sys.version_info < (3, 14):

        def nothing(name: str) -> None:
            return None

        monkeypatch.setattr(importlib.util, "find_spec", nothing)
        assert accept_encoding() == "gzip, deflate"
        with pytest.raises(DecodingError, match=r"'zstd'.*httpx-typed\[zstd\].*\.raw"):
            decoder_for(["zstd"])
    with pytest.raises(DecodingError, match=r"'br'.*httpx-typed\[brotli\].*\.raw"):
        decoder_for(["gzip", "br"])


def test_a_brotli_that_cannot_bound_its_output_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        def process(self, data: bytes) -> bytes:
            return data

    monkeypatch.setattr(codings, "_accepted", None)
    monkeypatch.setattr(brotli, "Decompressor", Old)
    assert "br" not in accept_encoding()


@pytest.mark.parametrize(
    "values", [[], [""], ["identity"], [" Identity , "], ["none"], ["", ",", "identity"]]
)
def test_no_coding(values: Sequence[str]) -> None:
    assert decoder_for(values) is None


def test_unknown_codings_are_named() -> None:
    for values in (["utf-8"], ["gzip, compress"], ["aws-chunked", "gzip"], ["*"]):
        with pytest.raises(DecodingError, match=r"cannot be decoded here.*\.raw"):
            decoder_for(values)


def test_more_than_five_codings_are_refused() -> None:
    five = decode(made("gzip, gzip", "gzip", "gzip, identity, gzip"), nested(TEXT, 5))
    assert five == TEXT
    with pytest.raises(DecodingError, match="6 times"):
        decoder_for(["gzip"] * 6)


def nested(data: bytes, depth: int) -> bytes:
    for _ in range(depth):
        data = gzip.compress(data)
    return data


# Decoding


@every_coding
@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE], ids=["empty", "one", "text", "noise"])
def test_round_trips(coding: str, pack: Callable[[bytes], bytes], data: bytes) -> None:
    coded = pack(data)
    for step, size in ((1 << 30, 65536), (1000, 100), (65536, 1 << 20)):
        assert decode(made(coding.upper()), coded, step, size) == data
    if len(coded) < 5000:
        assert decode(made(coding), coded, 1, 1) == data


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(PACK)), min_size=1, max_size=5),
    st.binary(max_size=300).map(lambda data: data * 20),
    st.integers(1, 400),
    st.integers(1, 4000),
)
def test_chains_decode_in_the_order_reversed(
    names: list[str], data: bytes, step: int, size: int
) -> None:
    coded = data
    for name in names:
        coded = PACK[name][1](coded)
    values = [PACK[name][0] for name in names]
    assert decode(made(*values), coded, step, size) == data
    assert decode(made(", ".join(values)), coded) == data


@every_coding
def test_a_body_of_no_bytes_is_complete(coding: str, pack: Callable[[bytes], bytes]) -> None:
    for values in ([coding], [coding, coding]):
        decoder = made(*values)
        decoder.feed(b"")
        assert decoder.read(10) is None
        decoder.finish()


@every_coding
def test_what_has_arrived_can_be_read(coding: str, pack: Callable[[bytes], bytes]) -> None:
    coded = pack(NOISE)
    decoder = made(coding)
    seen = 0
    for begin in range(0, len(coded), 1000):
        decoder.feed(coded[begin : begin + 1000])
        seen += len(drain(decoder, 4096))
        if begin in (70_000, 90_000) and coding != "zstd":
            assert seen > begin // 3
    assert seen == len(NOISE)
    decoder.finish()


def test_what_was_flushed_is_read_at_once() -> None:
    packer = zlib.compressobj(wbits=31)
    decoder = made("gzip")
    for number in range(50):
        event = b"data: %d\n\n" % number
        decoder.feed(packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH))
        assert drain(decoder, 1000) == event
    decoder.feed(packer.flush())
    assert decoder.read(10) is None
    decoder.finish()


# Damage


@every_coding
def test_every_truncation_is_noticed(coding: str, pack: Callable[[bytes], bytes]) -> None:
    coded = pack(TEXT)
    for length in range(1, len(coded)):
        with pytest.raises(DecodingError):
            decode(made(coding), coded[:length])
    for values in (["gzip", coding], [coding, "gzip"]):
        packed = pack(gzip.compress(TEXT)) if values[0] == "gzip" else gzip.compress(pack(TEXT))
        with pytest.raises(DecodingError, match="cut short"):
            decode(made(*values), packed[:-1])


def test_a_truncation_inside_a_chain_is_noticed() -> None:
    with pytest.raises(DecodingError, match="gzip data does not come to an end"):
        decode(made("gzip", "br"), pack_brotli(gzip.compress(TEXT)[:-3]))


@every_coding
def test_damage_never_gives_another_body(coding: str, pack: Callable[[bytes], bytes]) -> None:
    # Raw deflate and brotli carry no checksum: damage to a literal is beyond any decoder.
    checked = coding in ("gzip", "x-gzip") or pack is zlib.compress or pack is pack_zstd
    coded = pack(TEXT)
    found = 0
    for place in range(len(coded)):
        for flip in (1, 0x80):
            damaged = bytearray(coded)
            damaged[place] ^= flip
            try:
                data = decode(made(coding), bytes(damaged))
            except DecodingError:
                found += 1
                continue
            assert data == TEXT or not checked
    assert found > len(coded) / (3 if checked else 10)


def test_a_wrong_checksum() -> None:
    coded = bytearray(gzip.compress(TEXT))
    coded[-6] ^= 1
    with pytest.raises(DecodingError, match=r"not valid gzip data") as caught:
        decode(made("gzip"), bytes(coded))
    assert isinstance(caught.value.__cause__, zlib.error)


def test_an_error_is_repeated() -> None:
    decoder = made("gzip")
    decoder.feed(b"this is not gzip")
    for _ in range(2):
        with pytest.raises(DecodingError, match="not valid gzip data"):
            decoder.read(10)


@every_coding
def test_not_coded_at_all(coding: str, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DecodingError):
        decode(made(coding), b"<!doctype html><title>Not coded</title>")


@every_coding
def test_what_follows_the_end_is_an_error(coding: str, pack: Callable[[bytes], bytes]) -> None:
    coded = pack(TEXT)
    for step in (1, 1 << 30):
        with pytest.raises(DecodingError):
            decode(made(coding), coded + b"garbage", step)


# Members, frames, padding


def test_d3_members_follow_one_another() -> None:
    coded = b"".join(gzip.compress(part) for part in (b"one ", b"", b"two ", TEXT))
    for step in (1, 5, 1 << 30):
        assert decode(made("gzip"), coded, step) == b"one two " + TEXT
    with pytest.raises(DecodingError, match="cut short"):
        decode(made("gzip"), coded + b"\x1f")


def test_zero_padding_after_the_last_member() -> None:
    for padding in (1, 511, 100_000):
        for step in (3000, 1 << 30):
            coded = gzip.compress(TEXT) + b"\0" * padding
            assert decode(made("gzip"), coded, step) == TEXT
            assert decode(made("gzip"), coded + gzip.compress(b"!"), step) == TEXT + b"!"
            with pytest.raises(DecodingError, match="something else follows"):
                decode(made("gzip"), coded + b"x", step)
    with pytest.raises(DecodingError):
        decode(made("gzip"), b"\0" + gzip.compress(TEXT))


def test_gzip_headers_with_all_fields() -> None:
    fields = b"\x1f\x8b\x08\x1f\0\0\0\0\0\xff" + b"\x03\0abc" + b"name\0" + b"comment\0"
    crc = (zlib.crc32(fields) & 0xFFFF).to_bytes(2, "little")
    tail = zlib.crc32(TEXT).to_bytes(4, "little") + len(TEXT).to_bytes(4, "little")
    coded = fields + crc + raw_deflate(TEXT) + tail
    for step in (1, 1 << 30):
        assert decode(made("gzip"), coded, step) == TEXT


def test_frames_follow_one_another() -> None:
    skippable = (0x184D2A51).to_bytes(4, "little") + (5).to_bytes(4, "little") + b"12345"
    coded = pack_zstd(b"one ") + skippable + pack_zstd(b"") + streamed_zstd(TEXT)
    for step in (1, 5, 1 << 30):
        assert decode(made("zstd"), coded, step) == b"one " + TEXT
    with pytest.raises(DecodingError, match="cut short"):
        decode(made("zstd"), coded + pack_zstd(b"x")[:6])


def test_a_frame_may_ask_for_8_mib_and_no_more() -> None:
    for log, fine in ((23, True), (24, False)):
        parameters = zstandard.ZstdCompressionParameters(window_log=log)
        packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
        coded = packer.compress(TEXT) + packer.flush()
        if fine:
            assert decode(made("zstd"), coded) == TEXT
        else:
            with pytest.raises(DecodingError, match="memory"):
                decode(made("zstd"), coded)


# Bombs

ZEROS = bytes(1 << 20)


class Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def bomb(coding: str, size: int) -> bytes:
    """So many zeros, coded."""
    if coding == "br":
        packer = brotli.Compressor(quality=3)
        return b"".join([*(packer.process(ZEROS) for _ in range(size >> 20)), packer.finish()])
    frame: Packer
    if coding == "zstd":
        frame = zstandard.ZstdCompressor(level=1).compressobj()
    else:
        frame = zlib.compressobj(1, wbits=31 if coding == "gzip" else 15)
    return b"".join([*(frame.compress(ZEROS) for _ in range(size >> 20)), frame.flush()])


def resident() -> int:
    """The memory of this process now, in bytes: decompressors allocate outside Python too."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("values", [["gzip"], ["deflate"], ["br"], ["zstd"], ["gzip", "gzip"]])
def test_d1_a_bomb_is_read_in_little_memory(values: list[str]) -> None:
    size = 256 << 20
    coded = bomb(values[0], size)
    for name in values[1:]:
        coded = PACK[name][1](coded)
    decoder = made(*values)
    decoder.feed(coded)
    before = resident()
    most = seen = reads = 0
    while (piece := decoder.read(65536)) is not None:
        assert len(piece) <= 65536
        seen += len(piece)
        reads += 1
        if reads % 64 == 0:
            most = max(most, resident() - before)
    decoder.finish()
    assert seen == size
    assert most < 40 << 20


def test_a_bomb_that_is_not_read_is_not_decoded() -> None:
    coded = bomb("gzip", 64 << 20)
    tracemalloc.start()
    try:
        decoder = made("gzip")
        decoder.feed(coded)
        assert decoder.read(1) == b"\0"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_many_tiny_members_cost_what_they_weigh() -> None:
    empty = gzip.compress(b"")
    decoder = made("gzip")
    decoder.feed(empty * 20_000)
    assert decoder.read(10) is None
    decoder.finish()
    frames = made("zstd")
    frames.feed(pack_zstd(b"") * 20_000)
    assert frames.read(10) is None
    frames.finish()


# The decompressor of Python 3.14, by a stand-in with its behaviour


class FrameError(Exception):
    pass


class StandIn:
    """What `compression.zstd.ZstdDecompressor` does, by zlib: it keeps input it has not used."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj()
        self._kept = b""
        self.eof = False
        self.needs_input = True
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        assert not self.eof
        assert self.needs_input or not data
        try:
            out = self._inner.decompress(self._kept + data, max_length)
        except zlib.error as error:
            raise FrameError(str(error)) from error
        self._kept = self._inner.unconsumed_tail
        self.eof = self._inner.eof
        self.unused_data = self._inner.unused_data
        self.needs_input = not self.eof and len(out) < max_length
        return out


@pytest.mark.parametrize("step", [1, 3, 700, 1 << 30])
def test_frames_by_the_standard_library(step: int) -> None:
    def fresh() -> Decoder:
        return stages.StandardZstd(StandIn, FrameError)

    coded = b"".join(zlib.compress(part) for part in (b"one ", b"", NOISE[:3000], TEXT))
    for size in (1, 7, 65536):
        assert decode(fresh(), coded, step, size) == b"one " + NOISE[:3000] + TEXT
    with pytest.raises(DecodingError, match="cut short"):
        decode(fresh(), coded + b"\x78", step)
    with pytest.raises(DecodingError, match="not valid zstd"):
        decode(fresh(), coded + b"garbage", step)
    decode(fresh(), b"")


def test_messages_say_what_to_do() -> None:
    with pytest.raises(DecodingError) as caught:
        decoder_for(["x" * 1000])
    assert re.search(r"coded as 'x{40}', .* Use `\.raw`", str(caught.value))
