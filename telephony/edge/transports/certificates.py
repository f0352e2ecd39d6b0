"""The edge's TLS: its certificate, taken up again when the files change, and whom to believe when a trunk is called.

Decides the protocol versions and how a bad pair of files is told; knows nothing of SIP. TLS 1.2 is the oldest spoken.
"""

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.ssl import (
    AcceptableCiphers,
    Certificate,
    CertificateOptions,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.logger import Logger
from zope.interface import implementer

from config.settings import Settings

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:!aNULL:!MD5:!DSS"
"""For TLS 1.2: forward secrecy and authenticated encryption only; TLS 1.3 has nothing else."""

log = Logger()


class CertificateError(Exception):
    """The certificate, its key or the authorities cannot be used; the text is one line with the way out."""


@implementer(IOpenSSLServerConnectionCreator)
class OwnCertificate:
    """What connections to us are shown. Both files are looked at again for each new connection.

    A pair that cannot be used when it changes (half of a renewal) leaves the one before it in force.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises CertificateError."""
        self._files = (certificate, key)
        self._seen = self._stamps()
        self._context = self._load()

    def serverConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: ARG002 (the interface's)
        self._renew()
        return SSL.Connection(self._context, None)

    def _renew(self) -> None:
        seen = self._stamps()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._context = self._load()
        except CertificateError as error:
            log.error("edge: the certificate before this one stays in force: {error}", error=str(error))
        else:
            log.info("edge: a renewed certificate is in force")

    def _stamps(self) -> list[tuple[int, int, int]]:
        stamps = []
        for file in self._files:
            try:
                found = file.stat()
                stamps.append((found.st_mtime_ns, found.st_size, found.st_ino))
            except OSError:
                stamps.append((0, 0, 0))
        return stamps

    def _load(self) -> SSL.Context:
        certificate, key = self._files
        chain = _certificates(certificate, "sip.tls.certificate")
        try:
            private = load_pem_private_key(_read(key, "sip.tls.key"), password=None)
        except (UnsupportedAlgorithm, ValueError, TypeError):
            raise CertificateError(
                f"sip.tls.key: {key}: holds no PEM private key without passphrase; write one there, or correct the path"
            ) from None
        # Twisted hands both on to pyOpenSSL, which wants cryptography's types; its annotations name the older ones.
        made: Any = CertificateOptions
        options = made(
            privateKey=private,
            certificate=chain[0],
            extraCertChain=chain[1:],
            raiseMinimumTo=TLSVersion.TLSv1_2,
            acceptableCiphers=AcceptableCiphers.fromOpenSSLCipherString(CIPHERS),
        )
        try:
            context: SSL.Context = options.getContext()
            context.check_privatekey()
        except SSL.Error:
            raise CertificateError(
                f"sip.tls.key: {key}: is not the key of {certificate}; give the two that were issued together"
            ) from None
        return context


def own_certificate(settings: Settings) -> OwnCertificate:
    """The one of `sip.tls`. Raises CertificateError."""
    tls = settings.sip.tls
    assert tls is not None
    return OwnCertificate(settings.folder / tls.certificate, settings.folder / tls.key)


def problems(settings: Settings) -> list[str]:
    """What keeps `sip.tls` from being used, one line each; nothing where it is off."""
    found = []
    for load in (own_certificate, believed) if settings.sip.tls is not None else ():
        try:
            load(settings)
        except CertificateError as error:
            found.append(str(error))
    return found


def believed(settings: Settings) -> Any:
    """The authorities (IOpenSSLTrustRoot) a called party's certificate must come from. Raises CertificateError."""
    tls = settings.sip.tls
    if tls is None or tls.trusted is None:
        return platformTrust()
    found = _certificates(settings.folder / tls.trusted, "sip.tls.trusted")
    return trustRootFromCertificates([Certificate(crypto.X509.from_cryptography(each)) for each in found])


def client_options(host: str, trust: Any) -> Any:
    """Options (IOpenSSLClientConnectionCreator) for a TLS connection to `host`, whose name or address is checked."""
    extra = {"raiseMinimumTo": TLSVersion.TLSv1_2}
    return optionsForClientTLS(host, trustRoot=trust, extraCertificateOptions=extra)


def _certificates(file: Path, field: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(file, field))
    except ValueError:
        raise CertificateError(
            f"{field}: {file}: holds no certificate in PEM; write one there, or correct the path"
        ) from None


def _read(file: Path, field: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CertificateError(
            f"{field}: {file}: cannot be read ({error.strerror}); correct the path, or let this user read it"
        ) from None
