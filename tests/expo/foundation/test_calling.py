"""The one door out: what is called, what is not, and what a receiver may do to it."""

import ast
import socket
import time
from pathlib import Path

import pytest

from expo.foundation import calling
from tests.receiver import Receiver, authority

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = [
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
    "https://017700000001/", "https://0/", "https://0.0.0.0/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://100.100.100.200/", "https://[::1]/", "https://[::]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://[fe80::1%25eth0]/", "https://[fd00:ec2::254]/",
    "https://[ff02::1]/", "https://224.0.0.1/", "https://localhost/", "https://localhost./", "https://hooks.example.com./", "https://LOCALHOST/",
    "https://user@hooks.example.com/", "https://user:word@hooks.example.com/", "https://hooks.example.com@127.0.0.1/",
    "https://hooks.example.com:80/", "https://hooks.example.com:22/", "https://hooks.example.com:0/", "https://hooks.example.com:99999/",
    "https://hooks.example.com:/", "http://hooks.example.com/", "HTTP://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd",
    "gopher://hooks.example.com/", "//hooks.example.com/", "hooks.example.com", "https:hooks.example.com", "https:///hooks.example.com",
    "https://hooks.example.com\\@127.0.0.1/", "https://hooks.example.com#@127.0.0.1/", "https://127。0。0。1/", "https://ⓛocalhost/",
    "https://bücher.example/", "https://hooks.example.com/ü", "https://hooks.example.com/\r\nHost: x", "https://hooks.example.com/a b",
    "https://hooks.example.com\t/", "https://-hooks.example.com/", "https://hooks..example.com/", "https://hooks.example.1/", "https://hooks.example.0x7f/",
    "https://%6c%6fcalhost/", "https://127.0.0.1.%6eip.io/", "https://hooks_example.com/", "https://com/", "", "https://", "https://[/",
    "https://hooks.example.com/" + "x" * 500,
]  # fmt: skip
PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.100.100.200", "100.127.255.254", "127.0.0.1", "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
    "2002:7f00:1::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1", "", "hooks", "127.1", "0177.0.0.1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.fixture
def names(tmp_path, settings):
    settings.WEBHOOK_PORTS = frozenset({443, 8443})
    return authority(tmp_path, "localhost", "hooks.example.com")


@pytest.fixture
def receiver(names, settings):
    trusted, own = names
    with Receiver(own) as made:
        settings.WEBHOOK_PORTS = frozenset({made.port})
        settings.WEBHOOK_PRIVATE_HOSTS = frozenset({"localhost"})
        settings.WEBHOOK_CA_FILE = str(trusted)
        yield made


def call(receiver, *, host="localhost", seconds=1.0):
    return calling.post(f"https://{host}:{receiver.port}/in?x=1", b'{"a": 1}', {"Content-Type": "application/json"}, seconds=seconds)


def stands_for(monkeypatch, *answers):
    """Let every name stand for these addresses: the first list at the first look-up, the second at the second. Return the names looked up."""
    asked = []

    def look(host, port, *_more, **_named):
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return asked


@pytest.mark.parametrize("address", HOSTILE)
def test_an_address_that_may_mean_something_else_is_not_called(receiver, settings, monkeypatch, address):
    settings.WEBHOOK_PRIVATE_HOSTS = frozenset()
    settings.WEBHOOK_PORTS = frozenset({443, receiver.port})
    asked = stands_for(monkeypatch, ["127.0.0.1"])
    with pytest.raises(calling.Unfit):
        calling.post(address, b"", {})
    assert (asked, receiver.connections) == ([], 0)


@pytest.mark.parametrize("place", PRIVATE)
def test_a_name_that_leads_out_of_the_public_network_is_not_called(receiver, settings, monkeypatch, place):
    assert not calling.is_public(place)
    settings.WEBHOOK_PRIVATE_HOSTS = frozenset()
    for answer in ([place], ["93.184.215.14", place], [place, "93.184.215.14"]):
        stands_for(monkeypatch, answer)
        with pytest.raises(calling.Unfit) as refused:
            call(receiver, host="hooks.example.com")
        assert refused.value.code == "network"
    assert receiver.connections == 0


@pytest.mark.parametrize("place", PUBLIC)
def test_public_addresses_are_known(place):
    assert calling.is_public(place)


def test_without_the_guard_the_receiver_would_be_reached(receiver, settings, monkeypatch):
    settings.WEBHOOK_PRIVATE_HOSTS = frozenset()
    stands_for(monkeypatch, ["127.0.0.1"])
    monkeypatch.setattr(calling, "is_public", lambda _place: True)
    assert call(receiver, host="hooks.example.com") == 204
    assert receiver.connections == 1


def test_a_name_that_means_something_else_a_moment_later_gains_nothing(receiver, settings, monkeypatch):
    settings.WEBHOOK_PRIVATE_HOSTS = frozenset()
    places = []

    class Link(socket.socket):
        def connect(self, place):
            places.append(place)
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Link)
    asked = stands_for(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    with pytest.raises(calling.NoAnswer):
        call(receiver, host="hooks.example.com")
    assert asked == ["hooks.example.com"]
    assert places == [("93.184.215.14", receiver.port)]
    assert receiver.connections == 0


def test_a_named_host_of_ones_own_may_be_private_but_never_the_metadata_of_a_cloud(receiver, monkeypatch):
    assert call(receiver) == 204
    for place in ("169.254.169.254", "100.100.100.200", "224.0.0.1", "0.0.0.0", "::ffff:169.254.169.254", "fe80::1"):
        stands_for(monkeypatch, [place])
        with pytest.raises(calling.Unfit):
            call(receiver)
    assert receiver.connections == 1


def test_what_is_sent_arrives_as_it_is(receiver):
    assert call(receiver) == 204
    ((headers, body),) = receiver.got
    assert body == b'{"a": 1}'
    assert headers[""] == "POST /in?x=1 HTTP/1.1"
    assert headers["host"] == f"localhost:{receiver.port}"
    assert headers["content-type"] == "application/json"


def test_no_redirect_is_followed(receiver):
    receiver.does = "redirect"
    assert call(receiver) == 307
    assert receiver.connections == 1


def test_a_certificate_of_another_name_or_of_nobody_known_is_refused(receiver, names, settings, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    settings.WEBHOOK_PRIVATE_HOSTS = frozenset({"localhost", "elsewhere.example.com"})
    stands_for(monkeypatch, ["127.0.0.1"])
    with pytest.raises(calling.NoAnswer) as refused:
        call(receiver, host="elsewhere.example.com")
    assert refused.value.code == "certificate"
    settings.WEBHOOK_CA_FILE = str(authority(other, "localhost")[0])
    with pytest.raises(calling.NoAnswer) as refused:
        call(receiver)
    assert refused.value.code == "certificate"
    settings.WEBHOOK_CA_FILE = ""
    with pytest.raises(calling.NoAnswer) as refused:
        call(receiver)
    assert refused.value.code == "certificate"
    assert receiver.got == []


@pytest.mark.parametrize(("does", "code"), [("hang", "time"), ("drip_head", "time"), ("close", "answer"), ("nonsense", "answer")])
def test_a_receiver_that_does_not_answer_holds_nobody_up(receiver, does, code):
    receiver.does = does
    began = time.monotonic()
    with pytest.raises(calling.NoAnswer) as refused:
        call(receiver, seconds=0.7)
    assert refused.value.code == code
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("does", ["drip", "endless", "endless_head"])
def test_an_answer_counts_however_its_rest_comes(receiver, does):
    receiver.does = does
    began = time.monotonic()
    assert call(receiver, seconds=0.7) == 200
    assert time.monotonic() - began < 5
    assert getattr(receiver, "sent", 0) < 5_000_000  # What the two machines hold in between, and 64 KB.


def test_one_who_listens_and_says_nothing_holds_nobody_up(names, settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.WEBHOOK_PORTS = frozenset({silent.getsockname()[1]})
        settings.WEBHOOK_PRIVATE_HOSTS = frozenset({"localhost"})
        with pytest.raises(calling.NoAnswer) as refused:
            calling.post(f"https://localhost:{silent.getsockname()[1]}/", b"", {}, seconds=0.5)
    assert refused.value.code == "time"


def test_a_slow_look_up_holds_nobody_up(receiver, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_named: time.sleep(1.5) or [])
    with pytest.raises(calling.NoAnswer) as refused:
        call(receiver, seconds=0.3)
    assert refused.value.code == "time"  # Who had waited for it would say "lookup".


def test_what_a_proxy_variable_says_counts_nothing(receiver, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert call(receiver) == 204


CLIENTS = {
    "http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "httpcore", "pycurl", "socket", "ssl", "ftplib", "telnetlib", "asyncio", "smtplib",
}  # fmt: skip
# The operator's own command asks the site itself, at the address that the operator set.
MAY = {"expo/foundation/calling.py", "expo/foundation/doctor.py"}


def test_only_one_module_knows_how_to_call_anybody():
    found = {}
    for file in [*ROOT.glob("expo/**/*.py"), *ROOT.glob("matchmaking/**/*.py")]:
        names = imported(ast.parse(file.read_text())) & CLIENTS
        if names:
            found[str(file.relative_to(ROOT))] = names
    assert found.keys() == MAY, found
    assert imported(ast.parse("from urllib import request\nimport http.client as c\nimport socket")) >= {
        "urllib.request",
        "http.client",
        "socket",
    }


def imported(tree):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return names | {name.partition(".")[0] for name in names if name.partition(".")[0] in CLIENTS}
