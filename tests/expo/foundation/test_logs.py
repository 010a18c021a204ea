"""What the log says of a request, and what it never says: every personal word that passes through the site is looked for in it."""

import io
import json
import logging

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, transaction

from expo.accounts.models import User
from expo.foundation import logs
from tests import builders

SECRET = "kanarie"
MAIL, PHONE, PASSWORD = f"{SECRET}@example.com", "+86 10 9876 5432", f"{SECRET}-password-77"


@pytest.fixture
def log():
    """Everything that is logged meanwhile, as production writes it; call it for the lines so far."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logs.formatter())
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in text.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before)


def requests_in(lines):
    return [line for line in lines if line["logger"] == "expo.access"]


def test_each_request_is_one_line_with_its_name_its_person_and_its_thing(log, client_of, boris, exhibitor, supplier_segment):
    builders.offer(exhibitor, supplier_segment, pk=4711)
    assert client_of(boris).get(f"/offers/4711/?q={SECRET}", headers={"user-agent": SECRET}).status_code == 200
    [line] = requests_in(log())
    assert (line["event"], line["level"], line["method"], line["status"]) == ("request", "info", "GET", 200)
    assert (line["route"], line["thing"], line["actor"]) == ("/offers/<int:pk>/", "4711", boris.pk)
    assert len(line["request"]) == 32
    assert line["ms"] > 0
    assert line["timestamp"].endswith("Z")
    assert SECRET not in json.dumps(log())


def test_a_stranger_has_no_number_and_an_unknown_address_no_words(log, client, db):
    client.get(f"/{SECRET}/{MAIL}/")
    [line] = requests_in(log())
    assert line["route"] == "none"
    assert "actor" not in line
    assert SECRET not in json.dumps(log())


def test_an_invented_method_or_file_makes_no_line_of_its_own(log, client, db):
    client.generic(SECRET.upper(), "/privacy/")
    client.head("/static/css/app.css")
    assert [line["method"] for line in requests_in(log())] == ["OTHER"]


def test_a_request_is_named_by_a_trusted_proxy_and_by_nobody_else(log, client, db, settings):
    name = {"X-Request-ID": "0123456789abcdef0123456789abcdef"}
    client.get("/privacy/", headers=name)
    settings.REQUEST_ID_FROM_PROXY = True
    client.get("/privacy/", headers=name)
    client.get("/privacy/", headers={"X-Request-ID": 'x"\\n{"event": "forged"}'})
    names = [line["request"] for line in requests_in(log())]
    assert names[1] == name["X-Request-ID"]
    assert names[0] != names[1] != names[2]
    assert len(names[0]) == len(names[2]) == 32


def test_what_is_logged_meanwhile_carries_the_name_of_the_request(log, client, db, monkeypatch):
    monkeypatch.setattr("expo.foundation.views.parseaddr", lambda _text: 1 / 0)
    client.raise_request_exception = False
    answer = client.get("/privacy/")
    lines = log()
    names = {line["request"] for line in lines if line["logger"] in {"expo.access", "expo.foundation.views", "django.request"}}
    assert len(names) == 1
    assert names.pop()[:8] in answer.text
    fault = next(line["fault"] for line in lines if "fault" in line)
    assert fault["kind"] == "ZeroDivisionError"
    assert fault["at"][-1].endswith("<lambda>")


def test_no_personal_word_of_a_whole_journey_is_in_the_log(log, client, db, settings):
    """Sign up, wrong password, reset, search, keys in addresses, refused forms, a page that breaks: then the log is read."""
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    client.raise_request_exception = False
    builders.person(MAIL, full_name=f"Anna {SECRET}", phone=PHONE)
    people = {"email": f"new{MAIL}", "password1": PASSWORD, "password2": PASSWORD, "full_name": f"Anna {SECRET}", "language": "en"}
    client.post("/accounts/signup/", people)
    client.post("/accounts/login/", {"login": MAIL, "password": PASSWORD})
    client.post("/accounts/login/", {"login": MAIL, "password": builders.PASSWORD})
    client.post("/account/", {"full_name": f"Anna {SECRET}", "phone": PHONE, "language": "xx", "time_zone": SECRET})
    client.post("/accounts/password/reset/", {"email": MAIL})
    client.get(f"/accounts/password/reset/key/1-{SECRET}-abcdef0123456789/")
    client.get(f"/accounts/confirm-email/{SECRET}abc/")
    client.get(f"/market/?q={SECRET}&min={MAIL}")
    client.get(f"/exhibitors/?q={SECRET}\r\nforged: yes")
    client.get("/", headers={"host": f"{SECRET}.example", "cookie": f"sessionid={SECRET}"})
    client.post("/api/v1/offers/", data=json.dumps({"title": SECRET}), content_type="application/json")
    client.get(f"/offers/{'9' * 30}/")
    text = json.dumps(log())
    assert len(requests_in(log())) >= 12
    for word in (SECRET, PASSWORD, PHONE, "9876", "example.com"):
        assert word not in text, word


def test_words_of_libraries_are_blotted_out(log):
    logger = logging.getLogger("some.library")
    key = "Zm9vYmFyYmF6cXV4cXV1eDEyMzQ1Njc4OTA"
    logger.warning("mail to <%s> from %s by %s called %s with %s", MAIL, "203.0.113.9", "2001:db8::7:1", PHONE, key)
    [line] = log()
    assert line["event"] == "mail to <[mail]> from [address] by [address] called [number] with [token]"


@pytest.mark.parametrize(
    "plain",
    [
        "12 rows in 3.5 s",
        "2026-11-21 22:50:22",
        "task 0b5b0d3c-9f7c-4c55-a1aa-1f1f2a3b4c5d done",
        "marketplace_offercertificate_offer_id",
        "a/b.py:120",
    ],
)
def test_what_is_nobodys_stays_readable(plain, log):
    logging.getLogger("some.library").info(plain)
    assert log()[0]["event"] == plain


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\x0b", "\x1b[2J"])
def test_nothing_breaks_a_line_in_two(ending):
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logs.formatter())
    record = logging.makeLogRecord({"msg": f'a{ending}{{"event": "forged"}}', "levelname": "INFO", "name": f"x{ending}y"})
    handler.handle(record)
    assert len(text.getvalue().splitlines()) == 1
    assert text.getvalue().isascii()
    assert json.loads(text.getvalue())["event"].startswith("a")


def fault_of(error):
    record = logging.makeLogRecord({"msg": "broke", "levelname": "ERROR", "name": "x", "exc_info": (type(error), error, None)})
    line = json.loads(logs.formatter().format(record))
    return line["fault"]


def test_an_exception_is_told_by_kind_and_place_and_not_by_what_it_quotes(db):
    assert fault_of(ValueError(f"no such person: {SECRET}")) == {"kind": "ValueError", "says": "", "at": []}
    assert fault_of(KeyError(SECRET))["says"] == ""
    assert fault_of(DatabaseError(f"Key (email)=({MAIL})"))["says"] == ""
    assert fault_of(FileNotFoundError(2, "No such file or directory", SECRET))["says"] == "No such file or directory"
    assert fault_of(ImproperlyConfigured("Set X."))["says"] == "Set X."
    builders.person(MAIL)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.create_user(MAIL, "x")
    fault = fault_of(caught.value)
    assert fault["says"] in {"one_account_per_address", "accounts_user_email_key"}  # whichever the database looks at first
    assert SECRET not in json.dumps(fault)


def test_while_writing_code_the_words_stay():
    record = logging.makeLogRecord(
        {"msg": "x", "levelname": "ERROR", "name": "x", "exc_info": (ValueError, ValueError("what it was"), None)}
    )
    assert "what it was" in logs.formatter(outspoken=True).format(record)
    assert "what it was" not in logs.formatter().format(record)
