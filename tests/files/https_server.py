"""An HTTPS server with an authority of its own, in a thread; a dial for bad manners."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import ipaddress
import json
import ssl
import threading
from email.utils import formatdate
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD, TOKEN = "acme", "marée-basse", "jeton-de-lecture"


def make_authority(folder: Path) -> tuple[Path, Path]:
    """Make an authority and a server certificate for 127.0.0.1; gives the paths of CA and server chain."""
    now = dt.datetime.now(dt.UTC)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ca", "server")}
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Partner Test CA")])

    def certificate(name: str, subject: x509.Name, *extensions: x509.ExtensionType) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(keys[name].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(keys["ca"], hashes.SHA256())

    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    identifier = x509.SubjectKeyIdentifier.from_public_key(keys["ca"].public_key())
    root = certificate("ca", issuer, x509.BasicConstraints(ca=True, path_length=0), usage, identifier)
    served = certificate(
        "server",
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]),
        x509.BasicConstraints(ca=False, path_length=None),
        x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
    )
    ca, chain = folder / "ca.pem", folder / "server.pem"
    ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(
        keys["server"].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + served.public_bytes(serialization.Encoding.PEM)
    )
    return ca, chain


class HttpsServer:
    """Serves a folder; `answers` are given once each, in front of what would be served."""

    def __init__(self, root: Path, keys: Path) -> None:
        self.root = root
        self.ca, chain = make_authority(keys)
        self.seen: list[str] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.cut_after: int | None = None
        self.without_length = False
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Handler, self, directory=str(root))
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the folder is."""
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, owner: HttpsServer, *arguments: Any, **options: Any) -> None:
        self.owner = owner
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        """Serve, unless told otherwise."""
        if self._refused():
            return
        path = Path(self.translate_path(self.path))
        if path.name == "liste.json":
            listing = json.dumps({"data": {"files": self._facts(path.parent)}}).encode()
            if self.owner.cut_after is None:
                self._say(listing)
            else:
                self._badly(listing)
        elif path.is_file() and (self.owner.cut_after is not None or self.owner.without_length):
            self._badly(path.read_bytes())
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        """Tell the head, unless told otherwise."""
        if not self._refused():
            super().do_HEAD()

    def end_headers(self) -> None:
        """Add the mark of the content."""
        path = Path(self.translate_path(self.path))
        if path.is_file():
            self.send_header("ETag", f'"{hash(path.read_bytes())}"')
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def _refused(self) -> bool:
        self.owner.seen.append(f"{self.command} {self.path}")
        if self.owner.answers:
            status, headers = self.owner.answers.pop(0)
            self._say(b"", status, headers)
            return True
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") in {f"Basic {basic}", f"Bearer {TOKEN}"}:
            return False
        self._say(b"who are you?", HTTPStatus.UNAUTHORIZED)
        return True

    def _say(self, content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _badly(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        if not self.owner.without_length:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        cut, self.owner.cut_after = self.owner.cut_after, None
        self.wfile.write(content[:cut])
        self.close_connection = True

    @staticmethod
    def _facts(folder: Path) -> list[dict[str, Any]]:
        return [
            {
                "name": path.name,
                "size": path.stat().st_size,
                "modified": formatdate(path.stat().st_mtime, usegmt=True),
            }
            for path in folder.iterdir()
            if path.is_file()
        ]
