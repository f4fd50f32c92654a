"""Jars in files: both formats, what they keep, and what is said of a file that is wrong."""

from __future__ import annotations

import json
import os
import stat
from http.cookiejar import MozillaCookieJar
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx.impl.values.cookie_jar_io import read_cookies, write_cookies
from httpx.impl.values.cookie_store import Cookie
from httpx.impl.values.cookies import Cookies

FUTURE = 4_000_000_000.0


def some() -> Cookies:
    cookies = Cookies()
    cookies.set("a", "s3cret \xff", domain="example.org", path="/p", secure=True, max_age=1e6)
    cookies.set("b", "", domain="www.example.org", host_only=True, http_only=True)
    cookies.set("#c", '"q"\x85', domain="::1")
    return cookies


def test_json_keeps_everything(tmp_path: Path) -> None:
    cookies = some()
    cookies["unscoped"] = "1"
    cookies.set("t", "tab\there", domain="example.org", same_site="Lax")
    cookies.save(tmp_path / "jar.json")
    assert Cookies.load(tmp_path / "jar.json").all() == cookies.all()
    assert Cookies.load(str(tmp_path / "jar.json")) == cookies


def test_netscape_keeps_what_it_has_room_for(tmp_path: Path) -> None:
    cookies = some()
    path = tmp_path / "jar.txt"
    cookies.save(path, format="netscape")
    again = Cookies.load(path)
    for before, after in zip(cookies.all(), again.all(), strict=True):
        assert after.key == before.key
        assert after.value == before.value
        assert (after.secure, after.http_only) == (before.secure, before.http_only)
        assert after.expires == (before.expires and int(before.expires))


def test_the_standard_library_reads_what_is_written(tmp_path: Path) -> None:
    cookies = Cookies()
    cookies.set("a", "1", domain="example.org", path="/p", secure=True, expires=FUTURE)
    cookies.set("b", "2", domain="www.example.org", host_only=True, expires=FUTURE)
    path = tmp_path / "jar.txt"
    cookies.save(path, format="netscape")
    theirs = MozillaCookieJar(str(path))
    theirs.load()
    found = {each.name: each for each in theirs}
    assert (found["a"].domain, found["a"].path, found["a"].secure) == (".example.org", "/p", True)
    assert (found["b"].domain, found["b"].value, found["b"].expires) == (
        "www.example.org",
        "2",
        FUTURE,
    )
    theirs.save()
    assert Cookies.load(path) == cookies


def test_what_curl_writes(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    path.write_bytes(
        b"# Netscape HTTP Cookie File\r\n# https://curl.se/docs/http-cookies.html\n\n"
        b"#HttpOnly_.example.org\tTRUE\t/\tTRUE\t4000000000\tsid\tx=y\r\n"
        b"example.org\tFALSE\t/p\tFALSE\t0\tempty\t\n"
        b"example.org\tFALSE\t/p\tFALSE\t0\ttrimmed\n"
        b"example.org\tFALSE\t/p\tFALSE\t12\tgone\t1\n"
    )
    assert Cookies.load(path).all() == [
        Cookie("sid", "x=y", domain="example.org", secure=True, http_only=True, expires=4000000000),
        Cookie("empty", "", domain="example.org", path="/p", host_only=True),
        Cookie("trimmed", "", domain="example.org", path="/p", host_only=True),
    ]


def test_netscape_refuses_what_it_has_no_room_for(tmp_path: Path) -> None:
    path = tmp_path / "jar.txt"
    with pytest.raises(ValueError, match='"a" has no domain'):
        Cookies({"a": "s3cret"}).save(path, format="netscape")
    cookies = Cookies()
    cookies.set("a", "s3cret\tx", domain="example.org")
    with pytest.raises(ValueError, match='"a" has a tab') as caught:
        cookies.save(path, format="netscape")
    assert "s3cret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match='"json" or "netscape"'):
        cookies.save(path, format=cast("Literal['json']", "xml"))


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_only_the_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "jar.json"
    path.write_text("old")
    path.chmod(0o644)
    some().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["jar.json"]


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "jar.json")
    some().save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (
        Cookies.load(tmp_path / "jar.json") == some() or len(Cookies.load(tmp_path / "link")) == 3
    )


def test_a_failed_save_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "jar").mkdir()
    (tmp_path / "jar" / "full").touch()
    with pytest.raises(OSError, match="jar"):
        some().save(tmp_path / "jar")
    assert [each.name for each in tmp_path.iterdir()] == ["jar"]
    with pytest.raises(FileNotFoundError):
        Cookies.load(tmp_path / "nowhere")


ENTRY: dict[str, Any] = {"name": "a", "value": "s3cret"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"format"', "Expecting"),
        ("{}", '"format"'),
        ('{"format": "cookies"}', '"version"'),
        ('{"format": "cookies", "version": 2, "cookies": []}', '"version"'),
        ('{"format": "cookies", "version": 1, "cookies": {}}', '"cookies" is not a list'),
        ("example.org\tTRUE\t/\tTRUE\t0\ta\ts3cret\tx", "line 1: 8 fields"),
        ("\n# x\nexample.org\tYES\t/\tTRUE\t0\ta\ts3cret", "line 3: a flag"),
        ("example.org\tTRUE\t/\tTRUE\tsoon\ta\ts3cret", "line 1: the expiry"),
        ("example.org\tTRUE\t/\tTRUE\t\xb2\ta\ts3cret", "line 1: the expiry"),
        (".\tTRUE\t/\tTRUE\t0\ta\ts3cret", "line 1: there is no domain"),
        ("example.org\tTRUE\tx\tTRUE\t0\ta\ts3cret", "line 1: the path"),
        ("a b\tTRUE\t/\tTRUE\t0\ta\ts3cret", "line 1: the domain"),
        ("example.org\tTRUE\t/\tTRUE\t0\t\ts3cret", "line 1: a cookie needs a name"),
        ("[]", "line 1: 1 fields"),
        *(
            (json.dumps({"format": "cookies", "version": 1, "cookies": [ENTRY, entry]}), message)
            for entry, message in cast(
                "list[tuple[object, str]]",
                [
                    (7, "cookie 1: not an object"),
                    ({"name": "a"}, 'cookie 1: "value" is not a string'),
                    ({**ENTRY, "name": 1}, '"name" is not a string'),
                    ({**ENTRY, "value": "s3cret;"}, "cookie 1: the value of cookie"),
                    ({**ENTRY, "secure": 1}, '"secure" is neither true nor false'),
                    ({**ENTRY, "expires": "x"}, '"expires" is neither'),
                    ({**ENTRY, "expires": True}, '"expires" is neither'),
                    ({**ENTRY, "same_site": "x"}, '"same_site" is none of'),
                    ({**ENTRY, "same_site": []}, '"same_site" is none of'),
                    ({**ENTRY, "domain": "a b"}, "cookie 1: the domain"),
                ],
            )
        ),
    ],
)
def test_a_file_that_is_wrong(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "jar"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match="jar") as caught:
        Cookies.load(path)
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "jar"
    path.write_bytes(b"\xef\xbb\xbfexample.org\tTRUE\t/\tTRUE\t0\ta\t1\n")
    assert Cookies.load(path)["a"] == "1"


def test_an_empty_file_is_an_empty_jar(tmp_path: Path) -> None:
    (tmp_path / "jar").touch()
    assert not Cookies.load(tmp_path / "jar")


text = st.text(
    st.characters(max_codepoint=0xFF, exclude_categories=["Cc"], exclude_characters="; ="),
    min_size=1,
    max_size=8,
)
jars = st.lists(
    st.builds(
        Cookie,
        name=text,
        value=text,
        domain=st.sampled_from(["example.org", "1.2.3.4", "::1"]),
        path=text.map("/".__add__),
        host_only=st.just(True),
        secure=st.booleans(),
        http_only=st.booleans(),
        expires=st.one_of(st.none(), st.integers(1, 2**40).map(float)),
    ),
    max_size=5,
)


@given(jars, st.sampled_from(["json", "netscape"]))
def test_round_trip(cookies: list[Cookie], format_: Literal["json", "netscape"]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "jar")
        write_cookies(path, cookies, format_)
        assert read_cookies(path) == cookies
