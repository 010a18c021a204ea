"""The one place from which the site calls an address that somebody gave: https, public addresses only, five seconds, 64 KB, no redirects.

A name is looked up once, all that it stands for is judged, and the connection goes to one of these very addresses: what the name stands for a
moment later does not count. Whatever is not clearly meant for the public network is refused before anything is sent.
"""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings

SECONDS = 5.0
MOST_BYTES = 64 * 1024
AT_ONCE = 16 * 1024
LONGEST_ADDRESS = 500
MOST_TRIED = 3
# Names as they go over the wire: at least two labels, the last of them no number in any spelling. Other alphabets are written xn--….
NAME = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
VISIBLE = re.compile(r"[\x21-\x7e]+")
NETWORKS_4 = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
)
NETWORKS_6 = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
REFUSED_4 = [ipaddress.IPv4Network(one) for one in NETWORKS_4]
PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
REFUSED_6 = [ipaddress.IPv6Network(one) for one in NETWORKS_6]
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64: the last 32 bits are the address that is meant.

Address = tuple[int, tuple[Any, ...]]


class Unfit(ValueError):
    """The address is none that the site calls; `code` says why in a word: address, scheme, name, port, network."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class NoAnswer(Exception):
    """The call brought no answer; `code` says why in a word: lookup, time, certificate, connection, answer."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Target:
    """An address that may be called, in its parts."""

    host: str
    port: int
    path: str


def target_of(address: str) -> Target:
    """Return the parts of an address that the site would call, without looking anything up.

    Raises:
        Unfit: it is not https, holds a name or password, a number instead of a name, another port than `settings.WEBHOOK_PORTS`, or signs that
            two programs may read differently.
    """
    if len(address) > LONGEST_ADDRESS or not VISIBLE.fullmatch(address) or "\\" in address or "#" in address:
        raise Unfit("address")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as fault:
        raise Unfit("address") from fault
    if parts.scheme != "https":
        raise Unfit("scheme")
    host = (parts.hostname or "").lower()
    if "@" in parts.netloc or "%" in parts.netloc or (not NAME.fullmatch(host) and host not in settings.WEBHOOK_PRIVATE_HOSTS):
        raise Unfit("name")
    if port is None and parts.netloc.endswith(":"):
        raise Unfit("port")
    port = 443 if port is None else port
    if port not in settings.WEBHOOK_PORTS:
        raise Unfit("port")
    return Target(host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def post(address: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> int:
    """Send the body and return the status of the answer, whatever it is. All of it together takes at most `seconds`.

    Raises:
        Unfit: the site does not call this address; nothing was sent.
        NoAnswer: there was none, or none in time.
    """
    target, deadline = target_of(address), time.monotonic() + seconds
    found = judged(target, looked_up(target, deadline))
    try:
        with connected(found, deadline) as link:
            return _asked(Line(link, target.host, deadline), target, body, headers)
    except TimeoutError as fault:
        raise NoAnswer("time") from fault
    except ssl.SSLCertVerificationError as fault:
        raise NoAnswer("certificate") from fault
    except http.client.HTTPException as fault:
        raise NoAnswer("answer") from fault
    except (OSError, ValueError) as fault:
        raise NoAnswer("connection") from fault


def looked_up(target: Target, deadline: float) -> list[Address]:
    """Return all that the name stands for, looked up once. Raises NoAnswer: lookup, time."""
    found: list[list[Address]] = []

    def look() -> None:
        try:
            rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            found.append([(int(family), place) for family, _kind, _protocol, _name, place in rows])
        except (OSError, UnicodeError):
            found.append([])

    # The system's look-up knows no deadline: it goes on by itself where it takes too long, and nobody waits for it.
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if not found:
        raise NoAnswer("time")
    if not found[0]:
        raise NoAnswer("lookup")
    return found[0]


def judged(target: Target, found: list[Address]) -> list[Address]:
    """Return the addresses if all of them may be called: one that may not spoils the name. Raises Unfit."""
    may = is_own_network if target.host in settings.WEBHOOK_PRIVATE_HOSTS else is_public
    if not all(may(str(place[0])) for _family, place in found):
        raise Unfit("network")
    return found


def is_public(address: str) -> bool:
    """Whether an address of either kind is one of the public network, by what it means and not by how it is written."""
    try:
        found = ipaddress.ip_address(address)  # A zone ("%eth0") is no number of an address that is public.
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in REFUSED_4)
    if found.scope_id is not None:
        return False
    inner = found.ipv4_mapped or (ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in TRANSLATED else None)
    if inner is not None:
        return is_public(str(inner))
    return found in PUBLIC_6 and not any(found in network for network in REFUSED_6)


def is_own_network(address: str) -> bool:
    """Whether a host that the operator named may stand there: the public network, or a private one; never where machines are asked of themselves."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None) or found
    private = inner.is_private and not (inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner.is_reserved)
    return is_public(address) or bool(private or inner.is_loopback)


def connected(found: list[Address], deadline: float) -> socket.socket:
    """Return a connection to the first of the addresses that takes one. Raises OSError, TimeoutError."""
    fault: OSError = TimeoutError()
    for family, place in found[:MOST_TRIED]:
        link = socket.socket(family, socket.SOCK_STREAM)
        try:
            link.settimeout(left(deadline))
            link.connect(place)
        except OSError as refused:
            link.close()
            fault = refused
        else:
            return link
    raise fault


def left(deadline: float) -> float:
    """Return the seconds until the deadline. Raises TimeoutError when there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


class Line(io.RawIOBase):
    """A checked TLS connection on which nothing outlasts the deadline, however slowly it comes, and no more than 64 KB are read."""

    def __init__(self, link: socket.socket, name: str, deadline: float) -> None:
        self.link, self.deadline, self.room = link, deadline, MOST_BYTES
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context()
        if settings.WEBHOOK_CA_FILE:
            context.load_verify_locations(settings.WEBHOOK_CA_FILE)
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self._step(self.tls.do_handshake)

    def _step(self, step: Callable[..., Any], *given: Any) -> Any:
        while True:
            try:
                done = step(*given)
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        if self.outgoing.pending:
            self.link.settimeout(left(self.deadline))
            self.link.sendall(self.outgoing.read())

    def _fill(self) -> None:
        self.link.settimeout(left(self.deadline))
        came = self.link.recv(AT_ONCE)
        if came:
            self.incoming.write(came)
        else:
            self.incoming.write_eof()

    def send(self, data: bytes) -> None:
        self._step(self.tls.write, data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self.room)
        if not wanted:
            return 0
        try:
            came = cast("bytes", self._step(self.tls.read, wanted))
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return 0
        self.room -= len(came)
        buffer[: len(came)] = came
        return len(came)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Be what the reader of answers takes for a socket."""
        return io.BufferedReader(self)


def _asked(line: Line, target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    host = target.host if target.port == 443 else f"{target.host}:{target.port}"  # noqa: PLR2004 - the port of https
    told = {"Host": host, "Connection": "close", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    line.send(f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body)
    answer = http.client.HTTPResponse(cast("socket.socket", line), method="POST")
    answer.begin()
    try:
        answer.read(MOST_BYTES)
    except (OSError, http.client.HTTPException):
        return answer.status  # The answer is known; what comes after it may stay away.
    return answer.status
