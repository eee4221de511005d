"""Certificates of the stack's own authority: ``python tls.py AUTHORITY PUBLIC NAMES=FOLDER:UID …``.

AUTHORITY keeps the authority's key, PUBLIC gets its certificate for the clients. Each FOLDER gets, for each of its
NAMES (parted by commas), ``name.pem``, ``name.key`` (PKCS #8) and ``name.both.pem`` (one file, as MongoDB wants it),
readable by the user UID alone. What is there and still good is kept, so it may run at every start; a run that was cut
off is completed by the next.
"""

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
DAYS = 825
RENEW_DAYS = 60
"""A certificate that ends sooner than this is made anew at the next start."""

LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key, unencrypted PKCS #8."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def make_authority(now: datetime) -> Identity:
    """Return a new authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Kintsugi stack")
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


def issue(authority: Identity, name: str, now: datetime) -> Identity:
    """Return a certificate for a host, good as server and as client: the nodes of a cluster are both."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    hosts = [x509.DNSName(name), x509.DNSName(LOOPBACK[0]), x509.IPAddress(ip_address(LOOPBACK[1]))]
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        _builder(_name(name), issuer.subject, key, now, DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    return Identity(builder.sign(authority.key, hashes.SHA256()), key)


def still_good(found: Identity, authority: Identity, name: str, now: datetime) -> bool:
    """Tell whether a certificate is this authority's, for this host, and lasts for a while."""
    certificate = found.certificate
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = certificate.not_valid_after_utc - now > timedelta(days=RENEW_DAYS)
    return lasts and name in names.get_values_for_type(x509.DNSName)


def read(path: Path) -> Identity | None:
    """Return what a file holds that has certificate and key in one; ``None`` where there is none that can be read."""
    try:
        content = path.read_bytes()
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    return Identity(certificate, key)


def write(path: Path, content: bytes, mode: int, owner: int | None = None) -> None:
    """Write a file in one step, so that there is never half of one."""
    new = path.with_name(f".{path.name}.new")
    new.touch(mode=0o600)
    new.write_bytes(content)
    if owner is not None:
        os.chown(new, owner, -1)
    new.chmod(mode)
    new.replace(path)


def provide_authority(folder: Path, public: Path, now: datetime) -> Identity:
    """Return the authority, a new one where there is none, with its certificate in ``public`` for everybody."""
    for each in (folder, public):
        each.mkdir(parents=True, exist_ok=True)
    kept = folder / "authority.pem"
    if (authority := read(kept)) is None:
        authority = make_authority(now)
        write(kept, authority.key_pem + authority.pem, 0o600)
    write(public / "ca.pem", authority.pem, 0o444)
    return authority


def provide(authority: Identity, name: str, folder: Path, now: datetime, owner: int | None = None) -> bool:
    """Bring a host's certificate up to date; return whether a new one was made."""
    folder.mkdir(parents=True, exist_ok=True)
    found = read(folder / f"{name}.both.pem")
    fresh = found is None or not still_good(found, authority, name, now)
    identity = issue(authority, name, now) if found is None or fresh else found
    # the one file first: the others are made from it, whatever happens in between
    write(folder / f"{name}.both.pem", identity.key_pem + identity.pem, 0o400, owner)
    write(folder / f"{name}.key", identity.key_pem, 0o400, owner)
    write(folder / f"{name}.pem", identity.pem, 0o444, owner)
    write(folder / "ca.pem", authority.pem, 0o444, owner)
    if owner is not None:
        os.chown(folder, owner, -1)
    return fresh


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # a clock that is a little behind elsewhere
        .not_valid_after(now + timedelta(days=days))
    )


def main(arguments: list[str]) -> None:
    """Do what the module's first line says."""
    now = datetime.now(UTC)
    authority = provide_authority(Path(arguments[0]), Path(arguments[1]), now)
    for each in arguments[2:]:
        names, _, place = each.partition("=")
        folder, _, owner = place.rpartition(":")
        for name in names.split(","):
            made = provide(authority, name, Path(folder), now, int(owner))
            sys.stdout.write(f"{name}: {'made' if made else 'kept'}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
