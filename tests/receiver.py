"""A program of an integrator, as real as it gets: a TLS server on this machine with a certificate of an authority made for the test."""

import datetime
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def authority(folder: Path, *names: str) -> tuple[Path, Path]:
    """Make an authority and a certificate for the names; return the file of the one and the file, with its key, of the other."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a test")])
    root = _certificate(root_name, root_name, root_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    uses = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    root = root.add_extension(uses, critical=True)
    leaf = _certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]), root_name, key.public_key())
    leaf = leaf.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    trusted, own = folder / "authority.pem", folder / "receiver.pem"
    trusted.write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    own.write_bytes(private + leaf.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return trusted, own


def _certificate(subject, issuer, key):
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key).serial_number(x509.random_serial_number())
    return made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))


@dataclass
class Receiver:
    """Answers as `does` says: a status, or one of "hang", "drip", "drip_head", "close", "redirect", "endless", "nonsense"; or a function of what came."""

    own: Path
    does: object = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self.listener.getsockname()[1]
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.own)
        self.over = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_fault):
        self.over.set()
        self.listener.close()

    def _listen(self):
        while not self.over.is_set():
            try:
                link, _place = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link):
        try:
            with link, self.context.wrap_socket(link, server_side=True) as line:
                self._answer(line)
        except OSError:
            return

    def _answer(self, line):
        came = b""
        while b"\r\n\r\n" not in came:
            came += line.recv(65536)
        head, _blank, body = came.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _colon, value in (one.partition(": ") for one in lines)} | {"": first}
        while len(body) < int(headers.get("content-length", 0)):
            body += line.recv(65536)
        self.got.append((headers, body))
        does = self.does(headers, body) if callable(self.does) else self.does
        if isinstance(does, int):
            line.sendall(f"HTTP/1.1 {does} So\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".encode())
        else:
            getattr(self, f"_{does}")(line)

    def _hang(self, _line):
        self.over.wait(20)

    def _close(self, _line):
        return

    def _redirect(self, line):
        line.sendall(f"HTTP/1.1 307 Elsewhere\r\nLocation: https://localhost:{self.port}/other\r\nContent-Length: 0\r\n\r\n".encode())

    def _nonsense(self, line):
        line.sendall(b"SSH-2.0-OpenSSH_9.7\r\n")

    def _drip_head(self, line):
        for sign in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
            line.sendall(bytes([sign]))
            time.sleep(0.1)

    def _drip(self, line):
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _one in range(1000):
            line.sendall(b"x")
            time.sleep(0.1)

    def _endless(self, line):
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        self.sent = 0
        while not self.over.is_set():
            line.sendall(b"x" * 16384)
            self.sent += 16384

    def _endless_head(self, line):
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        self.sent = 0
        while not self.over.is_set():
            line.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
            self.sent += 1010
