"""Certificates for tests: one authority that clients trust, and the ways of being wrong.

A `Certs` is made once per test process. Contexts are made anew at each call, so that a test may
change the one it got.
"""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import trustme

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class Certs:
    """An authority, its server certificates, and client contexts.

    Parameters:
        folder: where the authority's certificate is put for those who need a file.
    """

    ca_file: Path
    """The trusted authority's certificate (PEM): for `SSL_CERT_FILE` and the like."""
    chain_file: Path
    """Key and chain of a certificate for the local names (PEM): for servers that want a file."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA(organization_name="the tests' trusted authority")
        self._other_ca = trustme.CA(organization_name="an authority nobody trusts")
        self._client_ca = trustme.CA(organization_name="the authority of client certificates")
        self._local = self._ca.issue_cert(*LOCAL_NAMES)
        self.ca_file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.ca_file))
        self.chain_file = folder / "local.pem"
        self._local.private_key_and_cert_chain_pem.write_to_path(str(self.chain_file))

    def server(self) -> ssl.SSLContext:
        """A server context for localhost, 127.0.0.1 and ::1."""
        return _server_context(self._local)

    def server_for(self, *names: str) -> ssl.SSLContext:
        """A server context for `names`: by a trusted authority, so only the name may be wrong."""
        return _server_context(self._ca.issue_cert(*names))

    def expired(self) -> ssl.SSLContext:
        """A server context for the local names whose certificate ended yesterday."""
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        cert = self._ca.issue_cert(*LOCAL_NAMES, not_before=now - 10 * day, not_after=now - day)
        return _server_context(cert)

    def untrusted(self) -> ssl.SSLContext:
        """A server context for the local names by an authority that clients do not trust."""
        return _server_context(self._other_ca.issue_cert(*LOCAL_NAMES))

    def server_wanting_client_certificate(self) -> ssl.SSLContext:
        """A server context that refuses clients without a certificate of the client authority."""
        ctx = self.server()
        ctx.load_verify_locations(cadata=self._client_ca.cert_pem.bytes().decode())
        ctx.verify_mode = ssl.CERT_REQUIRED
        return ctx

    def client(self) -> ssl.SSLContext:
        """A client context that trusts the authority and checks names."""
        ctx = ssl.create_default_context()
        ctx.load_verify_locations(cafile=self.ca_file)
        return ctx

    def client_with_certificate(self, name: str = "someone@example.org") -> ssl.SSLContext:
        """A client context that can show a certificate of the client authority."""
        ctx = self.client()
        _load_chain(ctx, self._client_ca.issue_cert(name))
        return ctx


def tls12_only(ctx: ssl.SSLContext) -> ssl.SSLContext:
    """Limit `ctx` to TLS 1.2 and return it."""
    ctx.maximum_version = ssl.TLSVersion.TLSv1_2
    return ctx


def _server_context(cert: trustme.LeafCert) -> ssl.SSLContext:
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load_chain(ctx, cert)
    return ctx


def _load_chain(ctx: ssl.SSLContext, cert: trustme.LeafCert) -> None:
    # The `ssl` module takes keys from files only.
    with cert.private_key_and_cert_chain_pem.tempfile() as path:
        ctx.load_cert_chain(path)
