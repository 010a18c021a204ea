"""Writing over the API, tried on companies: what a body may hold, what repeats are answered with, what is stale, what is nobody's business."""

import types
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from expo.foundation import repeating
from expo.foundation.errors import Conflict
from expo.foundation.models import Event, KeptAnswer
from expo.foundation.rows import BySlug
from expo.foundation.writing import Body, Changes, Creates, Ref, WritableRows, verb, verb_on_list
from expo.urls import urlpatterns
from matchmaking.participants import actions
from matchmaking.participants.api import CompanyRow
from matchmaking.participants.models import Block, Company


class CompanyBody(Body):
    name = serializers.CharField(max_length=200)
    country = serializers.CharField(max_length=2)
    about_en = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class BlockBody(Body):
    company = Ref(Company.objects.all(), by="slug")


class ManyKindsBody(Body):
    flag = serializers.BooleanField(required=False)
    count = serializers.IntegerField(required=False)
    price = serializers.DecimalField(max_digits=9, decimal_places=2, required=False)
    day = serializers.DateField(required=False)
    codes = serializers.ListField(child=serializers.CharField(), required=False)
    inner = BlockBody(required=False)


class Companies(BySlug, Creates, Changes, WritableRows):
    queryset = Company.objects.all()
    serializer_class = CompanyRow
    create_body = change_body = CompanyBody

    def make(self, given, *, by):
        return actions.found_company(by=by, **given)

    def change(self, row, given, *, by):
        return actions.edit_company(row, by=by, **given)

    @verb(BlockBody)
    def block(self, row, given, *, by):
        actions.block_company(row, given["company"], by=by)

    @verb()
    def fail_late(self, row, given, *, by):
        actions.edit_company(row, by=by, about_en="written, then refused")
        raise Conflict

    @verb_on_list(ManyKindsBody)
    def echo(self, given, *, by):
        return {name: str(value) for name, value in given.items()}


router = SimpleRouter()
router.register("things", Companies, basename="things")
URLS = types.ModuleType("urls_of_this_test")
URLS.urlpatterns = [path("api/v1/", include(router.urls)), *urlpatterns]
THINGS = "/api/v1/things/"
NEW = {"name": "Nova Cells", "country": "FR"}


@pytest.fixture(autouse=True)
def _with_things(settings):
    settings.ROOT_URLCONF = URLS


@pytest.fixture
def post(client_of):
    def send(user, address, body=None, **headers):
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return client_of(user).post(address, body or {}, "application/json", headers=more)

    return send


def test_a_created_row_is_answered_as_it_is_with_its_address_and_tag(post, carla, client_of):
    answer = post(carla, THINGS, NEW)
    assert (answer.status_code, answer.json()["name"]) == (201, "Nova Cells")
    assert answer["Location"] == f"http://testserver{THINGS}nova-cells/"
    again = client_of(carla).get(answer["Location"])
    assert (again.json(), again["ETag"]) == (answer.json(), answer["ETag"])
    assert Event.objects.get().actor == carla


def test_a_change_takes_what_was_sent_and_leaves_the_rest(client_of, anna, aurora):
    answer = client_of(anna).patch(f"{THINGS}{aurora.slug}/", {"about_en": "Cars"}, "application/json")
    assert (answer.status_code, answer.json()["about_en"], answer.json()["name"]) == (200, "Cars", "Aurora Motors")


def test_a_verb_without_an_answer_is_a_204(post, anna, aurora, borealis):
    answer = post(anna, f"{THINGS}{aurora.slug}/block/", {"company": borealis.slug})
    assert (answer.status_code, answer.content) == (204, b"")
    assert Block.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**NEW, "slug": "mine"}, "slug"),
        ({**NEW, "is_demo": True}, "is_demo"),
        ({**NEW, "id": 1}, "id"),
        ({**NEW, "name": 5}, "name"),
        ({**NEW, "name": None}, "name"),
        ({**NEW, "name": True}, "name"),
        ({**NEW, "name": ["x"]}, "name"),
        ({"name": "x"}, "country"),
    ],
)
def test_an_unknown_name_a_wrong_type_and_a_missing_field_are_said_by_field(body, field, post, carla):
    answer = post(carla, THINGS, body)
    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (400, "invalid", [field])
    assert not Company.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"flag": 1},
        {"flag": "true"},
        {"count": "5"},
        {"count": True},
        {"count": 5.0},
        {"price": True},
        {"day": 20260101},
        {"codes": "FR"},
        {"codes": [1]},
        {"codes": {"0": "FR"}},
        {"inner": "x"},
        {"inner": {"company": 4}},
        {"inner": {"company": "x", "more": 1}},
    ],
    ids=str,
)
def test_no_type_is_taken_for_another(body, post, carla):
    answer = post(carla, f"{THINGS}echo/", body)
    assert answer.status_code == 400
    assert [name.partition(".")[0] for name in answer.json()["fields"]] == list(body)


@pytest.mark.parametrize("body", [[], "text", 5, None, True], ids=str)
def test_a_body_is_an_object(body, client_of, carla):
    assert client_of(carla).post(THINGS, body, "application/json").status_code == 400


def test_what_is_hidden_is_answered_like_what_does_not_exist(post, client_of, carla, anna, borealis):
    hidden = actions.found_company(by=borealis.members.get().user, name="Hidden", country="CN")
    for send in (
        lambda slug: post(anna, f"{THINGS}{slug}/block/", {"company": "x"}),
        lambda slug: client_of(anna).patch(f"{THINGS}{slug}/", {"name": "x"}, "application/json"),
        lambda slug: post(anna, f"{THINGS}aurora-motors/block/", {"company": slug}),
    ):
        assert (send(hidden.slug).status_code, send(hidden.slug).content) == (send("nothing").status_code, send("nothing").content)
        assert send(hidden.slug).status_code in {400, 404}


def test_what_the_action_refuses_is_the_answer_and_nothing_is_written(post, client_of, carla, aurora):
    answer = client_of(carla).patch(f"{THINGS}{aurora.slug}/", {"about_en": "Mine now"}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert Company.objects.get().about_en == aurora.about_en


def test_nobody_writes_without_signing_in(client, aurora):
    for address in (THINGS, f"{THINGS}{aurora.slug}/block/"):
        answer = client.post(address, NEW, "application/json")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert Company.objects.count() == 1


def test_a_page_that_writes_sends_its_token(client_of, carla):
    answer = client_of(carla, enforce_csrf_checks=True).post(THINGS, NEW, "application/json")
    assert answer.status_code == 403
    assert not Company.objects.exists()


def test_a_method_that_is_not_there_is_405_for_everyone(client_of, client, carla, aurora):
    for visitor in (client, client_of(carla)):
        assert visitor.delete(f"{THINGS}{aurora.slug}/").status_code == 405
        assert visitor.put(f"{THINGS}{aurora.slug}/").status_code == 405
        assert visitor.patch(THINGS).status_code == 405
        assert visitor.get(f"{THINGS}{aurora.slug}/block/").status_code == 405


def test_a_repeated_write_is_answered_as_before_and_done_once(post, carla):
    first, second = (post(carla, THINGS, NEW, Idempotency_Key="k1") for _time in range(2))
    assert (second.status_code, second.content) == (201, first.content)
    assert [answer.headers.get("Idempotent-Replayed") for answer in (first, second)] == [None, "true"]
    assert (second["Location"], second["ETag"]) == (first["Location"], first["ETag"])
    assert Company.objects.count() == 1


def test_without_a_key_a_repeat_is_a_second_try(post, carla):
    assert [post(carla, THINGS, NEW).status_code for _time in range(2)] == [201, 409]


def test_another_request_under_the_same_key_is_refused(post, carla):
    post(carla, THINGS, NEW, Idempotency_Key="k1")
    for address, body in ((THINGS, {**NEW, "name": "Other"}), (f"{THINGS}?x=1", NEW), (f"{THINGS}echo/", NEW)):
        answer = post(carla, address, body, Idempotency_Key="k1")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert Company.objects.count() == 1


def test_a_key_belongs_to_its_person(post, carla, anna):
    first, second = (post(user, THINGS, {**NEW, "name": user.full_name}, Idempotency_Key="k1") for user in (carla, anna))
    assert (first.status_code, second.status_code) == (201, 201)


def test_what_was_refused_is_not_kept_and_may_be_tried_again(post, anna, aurora):
    for _time in range(2):
        answer = post(anna, f"{THINGS}{aurora.slug}/fail-late/", {}, Idempotency_Key="k1")
        assert (answer.status_code, "Idempotent-Replayed" in answer) == (409, False)
    assert not KeptAnswer.objects.exists()
    assert "refused" not in Company.objects.get(pk=aurora.pk).about_en


def test_a_key_is_forgotten_after_48_hours(post, carla):
    post(carla, THINGS, NEW, Idempotency_Key="k1")
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=49))
    assert post(carla, THINGS, NEW, Idempotency_Key="k1").status_code == 409
    assert repeating.forget_old_answers() == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ключ"])
def test_a_key_is_plain(key, post, carla):
    assert post(carla, THINGS, NEW, Idempotency_Key=key).status_code == 400
    assert not Company.objects.exists()


def test_a_write_with_if_match_is_done_only_on_what_was_seen(client_of, anna, aurora):
    client, address = client_of(anna), f"{THINGS}{aurora.slug}/"
    seen = client.get(address)["ETag"]

    def change(about, tag):
        return client.patch(address, {"about_en": about}, "application/json", headers={"If-Match": tag})

    first = change("One", seen)
    late = change("Two", seen)
    assert (first.status_code, late.status_code, late.json()["code"]) == (200, 412, "changed_meanwhile")
    assert Company.objects.get(pk=aurora.pk).about_en == "One"
    assert [change(*said).status_code for said in (("Three", first["ETag"]), ("Four", "*"), ("Five", '"x"'))] == [200, 200, 412]
    assert Company.objects.get(pk=aurora.pk).about_en == "Four"


def test_what_was_read_is_not_sent_again(client, aurora):
    for address in (THINGS, f"{THINGS}{aurora.slug}/"):
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        Company.objects.update(about_en=address)
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.skipif(connection.vendor != "postgresql", reason="threads share one SQLite connection; processes race in tests/security")
@pytest.mark.django_db(transaction=True)
def test_two_hundred_equal_writes_at_once_make_one_row(carla):
    """On PostgreSQL they truly meet; the control without a key makes more than one attempt succeed or collide."""
    tries, at_once = 200, 16
    start = Barrier(at_once)

    def send(number: int) -> Any:
        client = Client()
        client.force_login(carla)
        if number < at_once:
            start.wait(30)
        try:
            return client.post(THINGS, NEW, "application/json", headers={"Idempotency-Key": "k1"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(send, range(tries)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert sum("Idempotent-Replayed" in answer for answer in answers) == tries - 1
    assert (Company.objects.count(), Event.objects.filter(verb="found_company").count()) == (1, 1)
