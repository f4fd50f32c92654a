"""What went wrong in TLS, in words that say what to look at."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

# X509_V_ERR_* of OpenSSL's x509_vfy.h, as `SSLCertVerificationError.verify_code` has them.
NOT_YET_VALID = 9
EXPIRED = 10
SELF_SIGNED = 18
SELF_SIGNED_IN_CHAIN = 19
UNKNOWN_AUTHORITY = (2, 20, 21)
WRONG_NAME = (62, 64)


class _Certificate(Protocol):
    def get_info(self) -> Mapping[str, object]: ...


def failure_text(error: ssl.SSLError, tls: ssl.SSLObject, hostname: str) -> str:
    """Say why `tls`, whose peer should have been `hostname`, failed with `error`."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return (error.reason or str(error)).replace("_", " ").lower()
    code = error.verify_code
    certificate = _peer_certificate(tls)
    if code == EXPIRED:
        return f"the certificate has expired{_date(certificate, 'notAfter', 'on')}"
    if code == NOT_YET_VALID:
        return f"the certificate is not valid yet{_date(certificate, 'notBefore', 'before')}"
    if code in WRONG_NAME:
        found = ", ".join(_names(certificate))
        return f"the certificate is for another host: wanted {hostname}, found {found or 'none'}"
    if code == SELF_SIGNED:
        return "the certificate is self-signed: nobody this side trusts vouches for it"
    if code == SELF_SIGNED_IN_CHAIN:
        return (
            "the certificate leads to an authority that is not trusted here: to trust it, load it "
            "into the SSLContext with load_verify_locations()"
        )
    if code in UNKNOWN_AUTHORITY:
        return (
            "the certificate was issued by an authority that is unknown here: to trust it, load "
            "it into the SSLContext with load_verify_locations()"
        )
    return f"the certificate is refused: {error.verify_message.rstrip('.')}"


def _peer_certificate(tls: ssl.SSLObject) -> Mapping[str, object]:
    """What the certificate that was refused says; empty where Python does not let it be seen.

    `getpeercert` gives only certificates that were accepted. The object below has the others, but
    has no public name before 3.13, and there only as bytes that nothing in Python can read.
    """
    chain_of = getattr(getattr(tls, "_sslobj", None), "get_unverified_chain", None)
    try:
        chain = cast("Sequence[_Certificate] | None", chain_of()) if chain_of else None
        return chain[0].get_info() if chain else {}
    except (AttributeError, IndexError, TypeError, ValueError, ssl.SSLError):
        return {}


def _date(certificate: Mapping[str, object], key: str, word: str) -> str:
    date = certificate.get(key)
    return f" ({word} {date})" if isinstance(date, str) else ""


def _names(certificate: Mapping[str, object]) -> list[str]:
    names = cast("Sequence[tuple[str, str]]", certificate.get("subjectAltName", ()))
    return [name for _, name in names[:5]] + (["..."] if len(names) > 5 else [])
