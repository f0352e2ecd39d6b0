"""SIP parties on streams for tests of a running edge, and certificates made for the day."""

import datetime
import ipaddress
import json
import re
import socket
import ssl
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.telephony.edge_house import House, free_port


class Authority:
    """A certificate authority in `folder`; `ca` is its certificate's file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.certificate = self._made(self.name, self.key, authority=True)
        self.ca = folder / "ca.crt"
        self.ca.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str = "tls", hosts: tuple[str, ...] = ()) -> tuple[Path, Path]:
        """A new pair for 127.0.0.1 and `hosts` in NAME.crt and NAME.key; each has a serial number of its own."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "12348")])
        certificate, private = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        certificate.write_bytes(self._made(subject, key, hosts=hosts).public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, private

    def _made(
        self, subject: x509.Name, key: Any, authority: bool = False, hosts: tuple[str, ...] = ()
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        here = [ipaddress.ip_address(f"127.0.0.{last}") for last in range(1, 10)]
        names = [*map(x509.IPAddress, here), *map(x509.DNSName, hosts)]
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
        )
        return builder.sign(self.key, hashes.SHA256())

    def client(self) -> ssl.SSLContext:
        """A client that believes this authority alone."""
        return ssl.create_default_context(cafile=str(self.ca))

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue("server"))
        return context


class Line:
    """A SIP party on a stream socket."""

    def __init__(self, connected: Any) -> None:
        self.socket = connected
        self.socket.settimeout(10)
        self.host, self.port = self.socket.getsockname()
        self._rest = b""

    @classmethod
    def dialled(cls, port: int, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> "Line":
        """Connected to 127.0.0.1:`port` from `host`."""
        plain = socket.create_connection(("127.0.0.1", port), 10, (host, 0))
        return cls(context.wrap_socket(plain, server_hostname="127.0.0.1") if context is not None else plain)

    def send(self, text: str) -> None:
        self.socket.sendall(text.replace("\n", "\r\n").encode())

    def receive(self) -> str:
        """The next whole message."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head = self._rest[: self._rest.index(b"\r\n\r\n") + 4]
        found = re.search(rb"^Content-Length: (\d+)", head, re.M)
        assert found is not None, head
        length = len(head) + int(found[1])
        while len(self._rest) < length:
            self._more()
        message, self._rest = self._rest[:length], self._rest[length:]
        return message.decode().replace("\r\n", "\n")

    def octets(self, count: int) -> bytes:
        while len(self._rest) < count:
            self._more()
        found, self._rest = self._rest[:count], self._rest[count:]
        return found

    def closed(self) -> bool:
        """Whether the other end closes without another word."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self.socket.close()

    def _more(self) -> None:
        data = self.socket.recv(65536)
        assert data, "the connection was closed"
        self._rest += data


def with_streams(house: House, authority: Authority, **websocket: Any) -> tuple[int, int]:
    """Give `house` TLS and a WebSocket before it starts; their ports."""
    certificate, key = authority.issue()
    settings = json.loads(house.settings)
    tls, ws = free_port(), free_port()
    trusted = str(authority.ca)
    settings["sip"]["tls"] = {"port": tls, "certificate": str(certificate), "key": str(key), "trusted": trusted}
    settings["sip"]["websocket"] = {"port": ws, **websocket}
    house.settings = json.dumps(settings)
    return tls, ws


def alike(text: str, old: str, new: str) -> str:
    """`text` with its Via for another transport."""
    assert f"SIP/2.0/{old} " in text
    return text.replace(f"SIP/2.0/{old} ", f"SIP/2.0/{new} ")
