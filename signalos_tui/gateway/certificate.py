"""A certificate of the gateway's own, made on its machine; the key never leaves it.

Self-signed: nobody vouches for it but the owner, who gives the console its fingerprint or a copy.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from signalos_tui.errors import OperatorNeeded

if TYPE_CHECKING:
    from cryptography import x509

DAYS = 3650
COMMON_NAME = "SignalOS gateway"
BY_HAND = (
    'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=SignalOS gateway" '
    '-addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout key.pem -out certificate.pem'
)


def make_certificate(certificate: Path, key: Path, names: tuple[str, ...], now: int) -> None:
    """Write both files. names: host names and addresses it is for. now: ms UTC. Raises OperatorNeeded, FileExistsError."""
    if importlib.util.find_spec("cryptography") is None:
        raise OperatorNeeded(
            "a certificate cannot be made: the package cryptography is not installed",
            f"Run: pip install 'signalos-tui[gateway]', or make it in {certificate.parent} with: {BY_HAND}",
        )
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, COMMON_NAME)])
    begin = datetime.fromtimestamp(now / 1000, UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_named(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(secret, hashes.SHA256())
    )
    _write(
        key,
        secret.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        0o600,
    )
    _write(certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)


def _named(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, content: bytes, mode: int) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(number, "wb") as file:
        file.write(content)
