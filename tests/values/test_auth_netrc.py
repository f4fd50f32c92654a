"""Credentials from a `.netrc` file: read when asked for, matched on the host alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import httpx

FILE = """
machine example.com login user password pass
machine ::1 login six password "with blanks"
machine Upper.example login upper password pass
machine colon.example login a:b password hush
machine keyless.example
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file without a `default` entry."""
    file = tmp_path / "netrc"
    file.write_text(FILE)
    return file


def sent(auth: httpx.Auth, url: str) -> str | None:
    """What `Authorization` a request to `url` has."""
    return next(auth.flow(httpx.AuthRequest("GET", url))).headers.get("Authorization")


def basic(username: str, password: str) -> str:
    return httpx.BasicAuth(username, password).authorization


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://example.com/", basic("user", "pass")),
        ("https://EXAMPLE.com:8443/", basic("user", "pass")),
        ("https://[::1]:8443/", basic("six", "with blanks")),
        ("https://upper.example/", basic("upper", "pass")),
        ("https://www.example.com/", None),
        ("https://example.com.evil.example/", None),
        ("https://other:x@evil.example/?@example.com", None),
        ("https://example.com:pw@evil.example/", None),  # CVE-2024-47081
        ("https://keyless.example/", None),
    ],
)
def test_hosts(path: Path, url: str, wanted: str | None) -> None:
    assert sent(httpx.NetRCAuth(path), url) == wanted


def test_the_default_entry(tmp_path: Path) -> None:
    file = tmp_path / "netrc"
    file.write_text("machine a.example login a password a\ndefault login d password d\n")
    auth = httpx.NetRCAuth(str(file))
    assert sent(auth, "http://a.example/") == basic("a", "a")
    assert sent(auth, "http://b.example/") == basic("d", "d")


def test_it_is_read_once_and_late(path: Path) -> None:
    auth = httpx.NetRCAuth(path.with_name("later"))
    path.rename(path.with_name("later"))
    assert sent(auth, "https://example.com/") == basic("user", "pass")
    path.with_name("later").unlink()
    assert sent(auth, "https://example.com/") == basic("user", "pass")


def test_where_it_is_looked_for(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    home = tmp_path / ".netrc"
    home.write_text("machine example.com login home password pass\n")
    home.chmod(0o600)
    monkeypatch.delenv("NETRC", raising=False)
    assert sent(httpx.NetRCAuth(), "https://example.com/") == basic("home", "pass")
    monkeypatch.setenv("NETRC", str(path))
    assert sent(httpx.NetRCAuth(), "https://example.com/") == basic("user", "pass")
    assert sent(httpx.NetRCAuth(home), "https://example.com/") == basic("home", "pass")


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_file_that_others_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    home = tmp_path / ".netrc"
    home.write_text("machine example.com login user password hush\n")
    home.chmod(0o644)
    with pytest.raises(ValueError, match="permissi") as caught:
        sent(httpx.NetRCAuth(), "https://example.com/")
    assert "hush" not in str(caught.value)


def test_files_that_cannot_be_used(tmp_path: Path, path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing"):
        sent(httpx.NetRCAuth(tmp_path / "missing"), "https://example.com/")
    bad = tmp_path / "bad"
    bad.write_text("machine example.com login user passwort hush\n")
    with pytest.raises(ValueError, match=r"bad, line \d+ is not as a .netrc file") as caught:
        sent(httpx.NetRCAuth(bad), "https://example.com/")
    assert "hush" not in str(caught.value)
    assert "passwort" not in str(caught.value)
    assert caught.value.__cause__ is None
    # What cannot be sent is told for its own host only.
    with pytest.raises(ValueError, match='holds no ":"'):
        sent(httpx.NetRCAuth(path), "https://colon.example/")
