"""TLS for a gateway that is reached over a network: version 1.3, and a certificate the client knows beforehand.

A gateway's certificate is its own (self-signed), so no authority vouches for it: the client either has the certificate itself as
its only trusted one, or compares its fingerprint before it says a word. Nothing is ever trusted because it was there first.
"""

from __future__ import annotations

import hmac
import ssl
from hashlib import sha256
from pathlib import Path

from signalos_tui.errors import OperatorNeeded


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """The gateway's side. Raises OperatorNeeded: the files cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:
        raise _unusable(f"the certificate {certificate} with its key {key}", error) from None
    return context


def client_context(trusted: Path | None = None, *, is_own: bool = False) -> ssl.SSLContext:
    """The client's side. trusted: a file with the certificate to trust; None when a fingerprint is compared instead.

    is_own: the file is the gateway's own certificate, which is proof by itself; else it is an authority's, and the host's name
    has to match too. Without a file the caller MUST call `check_fingerprint` before it sends anything.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = trusted is not None and not is_own
    if trusted is None:
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        context.load_verify_locations(cafile=str(trusted))
    except (OSError, ValueError) as error:
        raise _unusable(f"the certificate {trusted}", error) from None
    return context


def fingerprint(certificate: bytes) -> str:
    """What a certificate (DER) is known by: SHA-256 as 64 digits and small letters."""
    return sha256(certificate).hexdigest()


def fingerprint_of(file: Path) -> str:
    """The same of the first certificate in a PEM file. Raises OperatorNeeded."""
    try:
        text = file.read_text(encoding="ascii")
        start = text.index("-----BEGIN CERTIFICATE-----")
        end = text.index("-----END CERTIFICATE-----", start) + len("-----END CERTIFICATE-----")
        return fingerprint(ssl.PEM_cert_to_DER_cert(text[start:end]))
    except (OSError, ValueError) as error:
        raise _unusable(f"the certificate {file}", error) from None


def check_fingerprint(connection: ssl.SSLObject | None, expected: str) -> None:
    """Compare the other side's certificate. expected: hexadecimal, with or without colons. Raises OperatorNeeded."""
    shown = connection.getpeercert(binary_form=True) if connection is not None else None
    wanted = expected.lower().replace(":", "").replace(" ", "").removeprefix("sha256")
    found = fingerprint(shown) if shown else "none"
    if not hmac.compare_digest(found.encode(), wanted.encode("utf-8", "replace")):
        text = f"the gateway's certificate has the fingerprint {found}, expected was another"
        raise OperatorNeeded(text, "Compare it with what `signalos gateway --init` printed; somebody may be in between")


def _unusable(what: str, error: Exception) -> OperatorNeeded:
    text = f"{what} cannot be used: {getattr(error, 'strerror', None) or error}"
    return OperatorNeeded(text, "Check the files, or make new ones: signalos gateway --init")
