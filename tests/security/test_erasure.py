"""People whose every personal field carries a word of its own are erased; then everything that is stored is searched for the words."""

import json
import logging
import pickle
import sys
from pathlib import Path

import orjson
import pytest
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from expo.accounts.actions import edit_profile
from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.models import Event, KeptAnswer, OutboxMessage, RequestCount, SheetImport, Tombstone
from expo.foundation.outbox import tell
from expo.programme.actions import reserve_seat
from matchmaking.agreements.models import Agreement
from matchmaking.desk.errors import LastSuperuser, SoleOwner
from matchmaking.desk.privacy import copies
from matchmaking.desk.privacy.datamap import DATA_MAP, Erasure
from matchmaking.desk.privacy.erasing import erase_again, erase_person
from matchmaking.participants.actions import answer_join, ask_to_join
from matchmaking.participants.models import Company, Consent, Member, Registration
from tests import builders

PEOPLE = 2
FIELDS = ("mail", "name", "phone", "job")
# The ledger's own words are kept as they were written, whoever they name (`erasing.LEGAL_HOLD`).
LEGAL_HOLD = {"agreements_agreement", "agreements_historicalagreement", "foundation_event"}


def dump() -> dict[str, str]:
    """Every row of every table, as text, by table."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        texts = {}
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            texts[table] = "\n".join(map(repr, cursor.fetchall())).casefold()
    return texts


def found(words, texts):
    return sorted({(place, word) for place, text in texts.items() for word in words if word in text})


def everything_stored(settings, caplog):
    """What is stored anywhere: tables, uploads with their names, the cache, mails on their way, the log."""
    files = {str(path): path.read_bytes().decode("latin-1") for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}
    return {
        **dump(),
        **{f"file {name}": (name + text).casefold() for name, text in files.items()},
        "cache": repr([(key, pickle.loads(value)) for key, value in cache._cache.items()]).casefold(),
        "log": caplog.text.casefold(),
    }


def word(field, number):
    return f"kanarie{field}{number}x"


@pytest.fixture
def people(edition, chain, exhibitor, borealis, boris, anna, organiser, settings, tmp_path, django_capture_on_commit_callbacks):
    """Three people with something in every table of the data map, each field a word of its own."""
    settings.VAR_DIR = tmp_path
    made = []
    with django_capture_on_commit_callbacks(execute=True):
        made += [person_of_words(number, edition, borealis, boris, organiser) for number in range(PEOPLE)]
    mail.outbox.clear()  # What left the house is not stored in it.
    return made


def person_of_words(number, edition, borealis, boris, organiser):
    user = builders.person(f"{word('mail', number)}@example.com", full_name=word("name", number), phone="")
    edit_profile(user, by=user, full_name=word("name", number), phone=word("phone", number), language="en", time_zone="Asia/Shanghai")
    user.refresh_from_db()
    client = Client()
    client.force_login(user)
    UserSession.objects.create(user=user, user_agent=word("agent", number), ip="203.0.113.7", session_key=client.session.session_key)
    own = builders.company(f"Works {number}")
    builders.member(own, user, job_title=word("job", number))
    builders.registration(own, edition, status="draft", created_by=user)
    member = ask_to_join(borealis, by=user, job_title=word("job", number))
    answer_join(member, by=boris, accept=True)
    forum = builders.forum(edition, capacity=9, on=edition.starts_on)
    reserve_seat(forum, by=user)
    tell(user, "member_owner", company=borealis)
    log(user, "noted", by=boris, note=f"called {word('phone', number)}")
    log(borealis, "noted", by=user, note=f"from {word('mail', number)}@example.com")
    KeptAnswer.objects.create(user=user, key=word("key", number), fingerprint="x", status=201, body=word("name", number))
    KeptAnswer.objects.create(user=boris, key=f"k{number}", fingerprint="x", status=200, body=f'{{"name": "{word("name", number)}"}}')
    RequestCount.objects.create(caller=f"user:{user.pk}", minute=1, in_minute=1, day=1, in_day=1)
    sheet = SheetImport.objects.create(who=user, kind="offers", scope_id=1, status="ready", preview={"by": word("name", number)})
    sheet.file.save("x", ContentFile(word("name", number).encode()))
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(user=organiser, content_type=kind, object_id=str(user.pk), object_repr=str(user), action_flag=CHANGE)
    Client().post("/accounts/login/", {"login": user.email, "password": "wrong"})
    builders.agreement(edition, own.registrations.get().edition.areas.first().chain, own, borealis, recorded_by=user)
    copies.ask_for_copy(by=user)
    return user


def words_of_all():
    return [word(field, number) for number in range(PEOPLE) for field in (*FIELDS, "agent", "key")]


def test_after_erasing_no_word_of_theirs_is_stored_anywhere(people, settings, caplog, boris, django_capture_on_commit_callbacks):
    caplog.set_level(logging.DEBUG)
    before = found(words_of_all(), everything_stored(settings, caplog))
    places = {place.partition(" ")[0] for place, _word in before}
    assert {word for _place, word in before} == set(words_of_all()), "a word was never stored: this would test nothing"
    assert len(places) >= 10
    with django_capture_on_commit_callbacks(execute=True):
        for user in people:
            erase_person(user, by=user, closing=True)
    left = [(place, word) for place, word in found(words_of_all(), everything_stored(settings, caplog)) if place not in LEGAL_HOLD]
    sys.stdout.write(f"\nwords before: {len(before)} in {len(places)} places; after: {len(left)}\n")
    assert left == []
    assert found(words_of_all(), {"event": "\n".join(map(str, Event.objects.values_list("data", flat=True)))}) == []
    assert list(Path(settings.MEDIA_ROOT).rglob("*.zip")) == []


@pytest.mark.parametrize("name", ["卡拉张三", 'Carla "Ca" Weiß'])
def test_a_name_that_json_writes_otherwise_is_found_too(name, carla, boris, anna, borealis, organiser, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    edit_profile(carla, by=carla, full_name=name, phone="", language="en", time_zone="Asia/Shanghai")
    carla.refresh_from_db()
    builders.member(borealis, carla)
    noted = log(boris, "noted", by=organiser, note=f"spoke to {name}")
    of_others = log(anna, "noted", by=organiser, note=f"{name} 的展位")
    KeptAnswer.objects.create(user=boris, key="k", fingerprint="x", status=200, body=orjson.dumps({"name": name}).decode())
    kind = ContentType.objects.get_for_model(User)
    said = json.dumps([{"changed": {"object": name}}])
    entry = LogEntry.objects.create(user=organiser, content_type=kind, object_id=str(boris.pk), change_message=said, action_flag=CHANGE)
    erase_person(carla, by=carla)
    noted.refresh_from_db()
    entry.refresh_from_db()
    assert (noted.data, entry.change_message, KeptAnswer.objects.count()) == ({}, "", 0)
    of_others.refresh_from_db()
    assert of_others.data != {}  # Whoever had nothing to do with them spoke of something that is only called so.


@pytest.mark.parametrize(
    "name", ["changed", "title", "asks", "Li", "in", "asks to stand for", "公司", "to stand for Aurora Motors.", "in full"]
)
def test_who_is_called_like_a_word_of_the_site_takes_nothing_of_others_along(name, carla, boris, anna, aurora, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    edit_profile(carla, by=carla, full_name=name, phone=name, language="en", time_zone="Asia/Shanghai")
    carla.refresh_from_db()
    kept = log(boris, "edit", by=boris, changed=["title", "lining"], reason="asks in full")
    KeptAnswer.objects.create(user=boris, key="k", fingerprint="x", status=200, body='{"title": "Linings 公司 changed in full", "li": 1}')
    ask_to_join(aurora, by=boris)
    entry = LogEntry.objects.create(user=anna, object_id="1", object_repr=f"{name} 公司", change_message=f"{name} 公司", action_flag=CHANGE)
    before = set(OutboxMessage.objects.filter(recipient=anna).values_list("subject", "body"))
    erase_person(carla, by=carla)
    kept.refresh_from_db()
    assert kept.data == {"changed": ["title", "lining"], "reason": "asks in full"}
    assert KeptAnswer.objects.count() == 1
    entry.refresh_from_db()
    assert entry.object_repr == f"{name} 公司"
    assert set(OutboxMessage.objects.filter(recipient=anna).values_list("subject", "body")) == before != set()


def test_a_name_of_one_word_goes_out_of_what_those_were_sent_who_were_asked(borealis, boris, carla, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    edit_profile(carla, by=carla, full_name="Li", phone="", language="en", time_zone="Asia/Shanghai")
    carla.refresh_from_db()
    ask_to_join(borealis, by=carla)
    OutboxMessage.objects.update(sent_at=timezone.now())
    other = tell(boris, "member_owner", company=builders.company("Lining Works"))
    erase_person(carla, by=carla)
    asked = OutboxMessage.objects.get(kind="join_asked")
    assert (asked.subject, asked.body) == ("–", "")
    other.refresh_from_db()
    assert "Lining Works" in other.body


@pytest.mark.parametrize("name", ["asks to stand for", "Borealis Cells", "公司", "(Li.*)"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_of_two_who_asked_only_the_one_who_is_erased_goes_out_of_the_notices(
    name, language, borealis, boris, carla, anna, settings, tmp_path
):
    settings.VAR_DIR = tmp_path
    User.objects.filter(pk=boris.pk).update(language=language)
    User.objects.filter(pk=carla.pk).update(full_name=name)
    carla.refresh_from_db()
    ask_to_join(borealis, by=carla)
    ask_to_join(borealis, by=anna)
    OutboxMessage.objects.update(sent_at=timezone.now())
    erase_person(carla, by=carla)
    first, second = OutboxMessage.objects.filter(kind="join_asked").order_by("pk")
    assert (first.body, anna.full_name in second.body) == ("", True)


def test_the_search_for_words_would_notice(people, settings, caplog, monkeypatch):
    monkeypatch.setattr("matchmaking.desk.privacy.erasing._empty_what_speaks_of_them", lambda _words: None)
    for user in people:
        erase_person(user, by=user, closing=True)
    assert found(words_of_all(), everything_stored(settings, caplog)) != []


def test_what_must_stay_stays_under_a_pseudonym(people, boris, borealis):
    user = people[0]
    events = Event.objects.filter(actor=user).count()
    agreement = Agreement.objects.get(recorded_by=user)
    erased = erase_person(user, by=user, closing=True)
    assert (erased.email, erased.full_name, erased.phone) == (f"erased-{user.pk}@erased.invalid", "", "")
    assert (erased.is_active, erased.has_usable_password()) == (False, False)
    assert Event.objects.filter(actor=user).count() >= events
    agreement.refresh_from_db()
    assert (agreement.recorded_by_id, agreement.status) == (user.pk, "recorded")
    for kept in DATA_MAP:
        if kept.erasure is Erasure.DELETED:
            assert not kept.rows_of(user).exists(), kept.label
    assert str(user.pk) not in {session.get_decoded().get("_auth_user_id") for session in Session.objects.all()}
    assert Session.objects.count() == PEOPLE - 1
    assert set(Member.objects.filter(company=borealis).values_list("user", flat=True)) == {boris.pk, people[1].pk}
    assert Member.objects.filter(company__name="Works 0").count() == 0
    assert Registration.objects.get(company__name="Works 0").status == "withdrawn"


def test_seats_are_free_again_and_others_keep_theirs(people, edition, boris):
    forum = edition.forums.first()
    reserve_seat(forum, by=boris)
    erase_person(people[0], by=people[0], closing=True)
    forum.refresh_from_db()
    assert (forum.seats_taken, forum.seats.get().person) == (1, boris)


def test_a_waiting_notice_to_others_that_names_the_erased_is_not_sent(borealis, boris, carla, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    carla.full_name = "Carla Costa-Kanarie"
    carla.save()
    ask_to_join(borealis, by=carla)
    assert OutboxMessage.objects.filter(recipient=boris, body__contains="Costa-Kanarie").exists()
    erase_person(carla, by=carla)
    assert not OutboxMessage.objects.filter(body__contains="Costa-Kanarie").exists()


def test_who_alone_owns_a_company_hands_over_or_closes_first(boris, borealis, exhibitor):
    before = Event.objects.count()
    with pytest.raises(SoleOwner) as refused:
        erase_person(boris, by=boris)
    assert refused.value.companies == [borealis]
    boris.refresh_from_db()
    assert (boris.email, Event.objects.count(), Tombstone.objects.count()) == ("boris@example.com", before, 0)
    builders.member(borealis, builders.person())
    erase_person(boris, by=boris)
    exhibitor.refresh_from_db()
    assert exhibitor.status == "verified"


def test_nobody_erases_anybody_else_but_staff_who_may(boris, anna, carla, organiser):
    helper = builders.person(is_staff=True)
    for by in (anna, helper):
        with pytest.raises(NotAllowed):
            erase_person(carla, by=by)
    with pytest.raises(LastSuperuser):
        erase_person(organiser, by=organiser)
    erase_person(carla, by=organiser)
    carla.refresh_from_db()
    assert carla.erased_at is not None
    assert Event.objects.get(verb="erase_person").actor == organiser


def test_an_older_backup_that_comes_back_is_cleaned_of_them(carla, settings, tmp_path, django_capture_on_commit_callbacks):
    """The row returns as it was; what was remembered beside the database finds it."""
    settings.VAR_DIR = tmp_path
    older = User.objects.filter(pk=carla.pk).values().get()
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(carla, by=carla)
    User.objects.filter(pk=carla.pk).update(**older)
    Tombstone.objects.all().delete()
    assert len((tmp_path / "erasures.txt").read_text().split()) == 1
    others = User.objects.exclude(pk=carla.pk).filter(erased_at__isnull=True).count()
    assert erase_again() == 1
    carla.refresh_from_db()
    assert carla.email.endswith("@erased.invalid")
    assert (erase_again(), User.objects.exclude(pk=carla.pk).filter(erased_at__isnull=True).count()) == (0, others)


def test_erasing_twice_changes_nothing_more(carla, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    erase_person(carla, by=carla)
    carla.refresh_from_db()
    at = carla.erased_at
    erase_person(carla, by=None)
    carla.refresh_from_db()
    assert (carla.erased_at, Tombstone.objects.count()) == (at, 1)


def test_the_companies_word_stays_the_companys(people):
    erase_person(people[0], by=people[0], closing=True)
    assert Company.objects.filter(name="Works 0").exists()
    assert not Consent.objects.filter(person=people[0]).exists()
