"""Every private field holds a word of its own; every address of the resolver is read by every role, and no word is where it may not be.

The addresses are those of the resolver, so a page that is added tomorrow is read too. `canaries.TABLE` says who may read what.
"""

import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.utils import translation

from expo.accounts.actions import make_key
from expo.foundation.logs import formatter
from expo.foundation.models import OutboxMessage
from matchmaking.marketplace.models import PostingQuerySet
from tests.security.canaries import (
    HIDDEN_BUYER,
    NAMED_AS_COMPANY,
    PRIVATE,
    PUBLIC,
    ROLES,
    STAFF,
    TABLE,
    WORDS,
    make_world,
    nonsense,
    text_of,
    word,
)
from tests.security.doors import patterns as addresses
from tests.security.doors import plain

pytestmark = pytest.mark.long

BLANK = re.compile(r"<(\w+)>")
NUMBERS = {"pk", "id", "object_id", "offer", "user_id", "scope", "content_type_id", "history_id", "certificate"}
WORD = re.compile(r"kanarie[a-z]+q")
# Stored, and on no page that this walk reaches: of accounts it opens two, of agreements a draft and a public one.
NEVER_SHOWN = {"askerphone", "shyphone", "copyname", "voidreason"}
FULL = os.environ.get("CANARY") == "full"
LAST_PAGES = re.compile(r"/(delete|password|add)/$")  # They show what the page before them showed.
SEARCHED = ("/search/", "/search/suggestions/", "/api/v1/search/", "/api/v1/search/suggestions/")
LISTS = ("/market/", "/exhibitors/", *(f"/api/v1/{name}/" for name in ("companies", "offers", "requests", "agreements", "registrations")))
# One word of each kind is enough where a list searches a few columns of its own.
KINDS = (
    "ownermail",
    "ownername",
    "ownerphone",
    "ownerjob",
    "offerdraft",
    "offerreason",
    "offerreference",
    "requestinvited",
    "pendingcompany",
)


@pytest.fixture
def world(edition, chain, supplier_segment, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return make_world(edition, chain, supplier_segment)


def candidates(blank, pattern, blanks):
    room = pattern.removeprefix("/api/v1").split("/")
    if blank in NUMBERS:
        return [str(PRIVATE), str(PUBLIC)]
    if blank == "slug":
        return blanks["company"] if {"companies", "logos"} & set(room) else ["2027", "smart-vehicle"]
    if blank == "key" and "copy" in room:
        return blanks["name"]
    if blank == "key":
        return blanks["key"] if "sheets" in room else ["opening", "iso9001"]
    known = {
        "name": ["opening"] if "forums" in room else blanks["name"],
        "kind": blanks["kind"],
        "verb": ["withdraw", "correct"],
        "answer": ["accept"],
    }
    return {**known, "app_label": ["participants"], "section": ["pages"], "words": ["battery"]}.get(blank, ["nothing"])


def every_address(blanks) -> Iterator[str]:
    """Every address of the site, its blanks filled with what is private and what is public."""
    with translation.override("en"):  # The last page read may have left another language behind.
        patterns = sorted(set(map(plain, addresses())))
    for pattern in patterns:
        choices = {blank: candidates(blank, pattern, blanks) for blank in BLANK.findall(pattern)}
        for turn in range(max(map(len, choices.values()), default=1)):
            yield BLANK.sub(lambda match, turn=turn, choices=choices: choices[match[1]][turn % len(choices[match[1]])], pattern)


def addresses_for(role, blanks):
    """The desk is read by staff, and its front by the rest; pages also in Chinese by strangers. CANARY=full leaves nothing out."""
    for address in every_address(blanks):
        if not FULL and address.startswith("/admin/") and (role not in STAFF or LAST_PAGES.search(address)) and address.count("/") > 3:
            continue
        yield address
        if (FULL or role == "nobody") and not address.startswith(("/admin/", "/api/")):
            yield f"/zh{address}"


def read(world, role, found, seen, answers, places=None, client=None):
    """Read every address as the role; note which forbidden words it met, which it may read, and how it was answered."""
    client = client or world.clients[role]
    for address in places or addresses_for(role, world.blanks):
        if address in world.no_pages:
            continue
        response = client.get(address)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            world.no_pages.add(address)  # Nothing is read there, whoever asks.
        answers[role, response.status_code] += 1
        assert response.status_code < 500, f"{role} got {response.status_code} from {address}"
        assert response.status_code != 429, "the limit would hide what is behind"
        text = text_of(response).replace(address.casefold(), "")
        for one in set(WORD.findall(text)):
            (seen if role in WORDS.get(one, ()) else found).setdefault((role, one), address)
        is_stranger = role not in {*STAFF, "hidden"}
        if HIDDEN_BUYER in text and is_stranger and not any(part in address for part in (HIDDEN_BUYER, *NAMED_AS_COMPANY)):
            found.setdefault((role, HIDDEN_BUYER), address)


def test_no_role_reads_a_word_that_is_not_for_it(world, caplog):
    found, seen, answers = {}, {}, Counter()
    for role in ROLES:
        read(world, role, found, seen, answers)
    by_role = {role: sum(count for (who, _status), count in answers.items() if who == role) for role in ROLES}
    pages = {role: answers[role, 200] for role in ROLES}
    sys.stdout.write(
        f"\ncanaries: {len(WORDS)} words, {len(ROLES)} roles, {sum(by_role.values())} addresses read, {sum(pages.values())} pages\n"
    )
    sys.stdout.write("".join(f"  {role:15} {by_role[role]:5} read, {pages[role]:4} pages\n" for role in ROLES))
    told = [f"{role} read {one} at {address}" for (role, one), address in found.items()]
    assert not told, "\n".join(told)
    assert len(WORDS) >= 80
    assert sum(by_role.values()) >= 3000
    assert pages["nobody"] >= 100
    assert all(pages[role] >= 150 for role in STAFF)
    shown = {one for _role, one in seen}
    assert {name for name in TABLE if word(name) not in shown} == NEVER_SHOWN, "a word that nobody meets tests nothing"
    lines = [formatter().format(record) for record in caplog.records]
    assert [line for line in lines if WORD.search(line)] == [], "the log holds what only pages may hold"
    assert len(lines) >= sum(by_role.values())


# The key's name, whose it is, what it may, and as whom its answers are judged.
KEYS = (
    *((f"{scope} key of the {who}", who, scope, True, who) for who in ("buyer", "owner", "organiser") for scope in ("read", "write")),
    ("key of staff made with a password alone", "organiser", "write", False, "outsider"),
)


def test_no_key_reads_a_word_that_is_not_for_its_person(world, settings):
    """Over every address of the API; a key carries what its person may, and one of staff made without the second factor what a visitor may."""
    settings.STAFF_SECOND_FACTOR = True
    TOTP.activate(world.people["organiser"], generate_totp_secret())
    calls, told, read_by = [address for address in every_address(world.blanks) if address.startswith("/api/")], [], {}
    for name, who, scope, two_steps, judged_as in KEYS:
        by = world.people[who]
        secret = make_key(by, by=by, name=f"canary {scope}", scope=scope, days=1, with_second_factor=two_steps)[1]
        found, seen, answers = {}, {}, Counter()
        client = Client(headers={"authorization": f"Bearer {secret}"})
        read(world, judged_as, found, seen, answers, places=calls, client=client)
        own = {word(f"{who}{what}") for what in ("name", "mail", "phone")}
        told += [f"{name} read {one} at {address}" for (_role, one), address in found.items() if one not in own]
        read_by[name] = {one for _role, one in seen}
        assert answers[judged_as, 200] >= 40, name
        assert answers[judged_as, 401] == 0, name
    sys.stdout.write(
        f"\nkeys: {len(KEYS)}, {len(calls)} addresses each; words met: { {name: len(seen) for name, seen in read_by.items()} }\n"
    )
    assert told == []
    assert all(read_by[f"read key of the {who}"] == read_by[f"write key of the {who}"] for who in ("buyer", "owner", "organiser"))
    assert word("offerdraft") in read_by["read key of the owner"] & read_by["read key of the organiser"]
    assert word("offerdraft") not in read_by["read key of the buyer"] | read_by["key of staff made with a password alone"]


def test_with_a_guard_off_the_words_are_found(world, monkeypatch):
    monkeypatch.setattr(PostingQuerySet, "visible_to", lambda self, _visitor: self)
    found = {}
    read(world, "nobody", found, {}, Counter(), places=[f"/offers/{PRIVATE}/", "/api/v1/offers/", f"/api/v1/requests/{PRIVATE}/"])
    assert {one for _role, one in found} >= {word("offerdraft"), word("requestdraft")}


@pytest.mark.parametrize("role", ["nobody", "rival"])
def test_what_may_not_be_read_cannot_be_guessed_by_searching(role, world):
    """A search for a hidden word, or for its beginning, answers exactly like a search for a word that is nowhere."""
    asked = Counter()

    def told(address, words):
        asked[address] += 1
        return nameless(text_of(world.clients[role].get(address, {"q": words})), words)

    hidden = [one for one, who in WORDS.items() if role not in who]
    for address in (*SEARCHED, *LISTS):
        nowhere = told(address, nonsense())
        for one in hidden if address in SEARCHED else map(word, KINDS):
            assert told(address, one) == nowhere, (address, one)
        for one in map(word, KINDS):
            assert told(address, one[:-3]) == nowhere, (address, one)
    sys.stdout.write(f"\n{role}: {sum(asked.values())} searches\n")
    assert sum(asked.values()) >= 400


def nameless(text, asked):
    text = re.sub(
        r'name="csrfmiddlewaretoken" value="\w+"|reference \w{8}|x-request-id: \w+|ratelimit-[\w-]+: .*|(?:etag|content-length|expires|last-modified): .*',
        "",
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(r'"took_ms": ?[\d.]+', "", text).replace(asked, "…")


@pytest.mark.parametrize("role", ["read_only", "reporter"])
def test_the_desks_search_boxes_do_not_tell_addresses_either(role, world):
    client, lists = world.clients[role], 0
    for address in sorted({address for address in every_address(world.blanks) if re.fullmatch(r"/admin/\w+/\w+/", address)}):
        if client.get(address).status_code != 200:
            continue
        lists += 1
        for one in (word("ownermail"), word("buyerphone")):
            told = [nameless(text_of(client.get(address, {"q": each})), each) for each in (one, nonsense())]
            assert told[0] == told[1], address
    assert lists >= 10


def test_mails_tell_their_readers_only_what_is_for_them(world):
    of_role = {person.pk: role for role, person in world.people.items()}
    read_by = Counter()
    for message in OutboxMessage.objects.select_related("recipient"):
        role = of_role.get(message.recipient_id)
        for one in WORD.findall(f"{message.subject} {message.body}"):
            own = message.recipient.full_name == one or one in message.recipient.email
            assert own or (role and role in WORDS[one]), (message.kind, one)
            read_by[role] += 1
    assert read_by["owner"] >= 3
    assert mail.outbox == []


def test_error_pages_and_the_log_repeat_nothing(world, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    secret, client = word("ownermail"), world.clients["nobody"]
    sent = {"login": f"{secret}@example.com", "password": word("ownerphone"), "email": f"{secret}@example.com"}
    statuses: Counter[int] = Counter()
    for address in ("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"):
        statuses[client.post(address, sent, headers={"User-Agent": word("useragent")}).status_code] += 1

    def broken(*_args, **_options):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("matchmaking.desk.queries.the_expo", broken)
    for role in ("nobody", "owner", "superuser"):
        answers = [
            world.clients[role].get("/chains/", {"x": secret}),
            world.clients[role].get(f"/nowhere/{secret}/"),
            world.clients[role].get("/market/", {"page": f"{secret}\x00"}),
            world.clients[role].post("/chains/", {"x": secret}),
        ]
        for answer in answers:
            statuses[answer.status_code] += 1
            assert WORD.findall(text_of(answer).replace(f"/nowhere/{secret}/", "")) in (
                [],
                [word(f"{role}name")] * 1,
                [word(f"{role}name")] * 2,
            )
    assert statuses[500] >= 3
    assert statuses[404] >= 3
    assert statuses[400] >= 3
    lines = [formatter().format(record) for record in caplog.records if not record.name.startswith(("django.db", "django.template"))]
    assert [line for line in lines if WORD.search(line)] == []
    assert len(lines) >= sum(statuses.values())
