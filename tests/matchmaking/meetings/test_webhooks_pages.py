"""The organiser's pages of webhooks, and the same over the API."""

import json
import re

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from expo.foundation.models import KeptAnswer
from matchmaking.meetings import actions, signing
from matchmaking.meetings.models import Delivery, Happening, Webhook
from tests import builders

ALL = list(Happening.values)
URL = "https://hooks.example.com/x"
LIST, API, DELIVERIES = "/organiser/meetings/webhooks/", "/api/v1/webhooks/", "/api/v1/webhook-deliveries/"


@pytest.fixture
def hook(stage):
    return actions.make_webhook(stage.setup.edition, by=stage.organiser, name="Mirror", url=URL, events=ALL)


@pytest.fixture
def staff(stage, client_of):
    return client_of(stage.organiser)


def sent(client, path, body=None, **headers):
    return client.post(path, json.dumps(body or {}), content_type="application/json", headers=headers)


def test_a_webhook_is_made_and_its_secret_shown_once(stage, staff):
    answer = staff.post(LIST, {"name": "Mirror", "url": URL, "events": ALL})
    hook = Webhook.objects.get()
    secret = signing.secret_of(hook)
    assert (answer.status_code, hook.owner, hook.events) == (200, stage.organiser, ALL)
    assert secret in answer.text.replace("&#x2B;", "+")
    assert "no-store" in answer["Cache-Control"]
    again = staff.get(f"{LIST}{hook.pk}/")
    assert (again.status_code, secret in again.text) == (200, False)


def test_loading_the_answer_with_a_new_secret_again_makes_no_other(stage, staff, hook):
    page, salts = f"{LIST}{hook.pk}/", []
    for _time in range(2):
        form = {"instead": re.search(r'name="instead" value="([^"]*)"', staff.get(page).text)[1]}
        assert staff.post(f"{page}rotate/", form).status_code == 200
        assert staff.post(f"{page}rotate/", form).url == page
        hook.refresh_from_db()
        salts.append((hook.salt, hook.salt_before))
    assert salts[0][0] == salts[1][1] != salts[1][0]


@pytest.mark.parametrize(("field", "value"), [("url", "https://10.0.0.1/"), ("url", ""), ("name", ""), ("events", [])])
def test_what_is_no_webhook_is_said_at_its_field(stage, staff, field, value):
    answer = staff.post(LIST, {"name": "Mirror", "url": URL, "events": ALL} | {field: value})
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {field}
    assert not Webhook.objects.exists()


def test_every_step_of_the_page(stage, staff, hook):
    page = f"{LIST}{hook.pk}/"
    assert staff.post(f"{page}change/", {"name": "New", "url": URL, "events": ["meeting.moved"]}).status_code == 302
    hook.refresh_from_db()
    assert (hook.name, hook.events) == ("New", ["meeting.moved"])
    assert staff.post(f"{page}change/", {"name": "New", "url": "http://x", "events": ALL}).status_code == 400
    assert staff.post(f"{page}pause/").status_code == 302
    assert staff.post(f"{page}pause/").status_code == 409
    assert staff.post(f"{page}test/").status_code == 409
    assert staff.post(f"{page}resume/").status_code == 302
    answer = staff.post(f"{page}rotate/")
    hook.refresh_from_db()
    assert (answer.status_code, bool(hook.salt_before), hook.is_secret_taken) == (200, True, True)
    delivery = staff.post(f"{page}test/")
    row = Delivery.objects.get()
    assert delivery["Location"] == f"{page}messages/{row.pk}/"
    shown = staff.get(delivery["Location"])
    assert "webhook.test" in shown.text
    assert str(row.key) in shown.text
    Delivery.objects.update(status="given_up", attempts=7, last_error="status", last_status=500)
    assert "Answered with status 500." in staff.get(page).text
    assert staff.post(f"{page}messages/{row.pk}/replay/").status_code == 302
    assert Delivery.objects.get().status == "waiting"
    Delivery.objects.update(status="given_up")
    assert staff.post(f"{page}replay/", {"hours": "24"}).status_code == 302
    assert Delivery.objects.get().status == "waiting"
    assert staff.post(f"{page}replay/", {"hours": "5"}).status_code == 400
    assert staff.post(f"{page}nothing/").status_code == 404
    assert staff.get(f"{page}pause/").status_code == 405
    assert staff.post(f"{page}delete/").status_code == 302
    assert not Webhook.objects.exists()


def test_the_messages_are_filtered(stage, staff, hook):
    stage.met()
    page = f"{LIST}{hook.pk}/"
    assert [row.kind for row, _fault in staff.get(page).context["lines"]] == [
        "meeting.scheduled",
        "meeting_request.accepted",
        "meeting_request.sent",
    ]
    assert [row.kind for row, _fault in staff.get(page, {"kind": "meeting.scheduled"}).context["lines"]] == ["meeting.scheduled"]
    assert len(staff.get(page, {"status": "waiting"}).context["lines"]) == 3
    assert len(staff.get(page, {"status": "sent"}).context["lines"]) == 0
    assert staff.get(page, {"status": "nonsense"}).status_code == 400


def test_pages_take_as_many_queries_for_three_as_for_one(stage, staff, hook, count_queries):
    actions.try_webhook(hook, by=stage.organiser)
    page = f"{LIST}{hook.pk}/"
    staff.get(page)  # What a process reads once, it has read now.
    one = count_queries(lambda: staff.get(page)), count_queries(lambda: staff.get(LIST))
    stage.met()
    for _number in range(2):
        actions.make_webhook(stage.setup.edition, by=stage.organiser, name="Mirror", url=URL, events=ALL)
    assert (count_queries(lambda: staff.get(page)), count_queries(lambda: staff.get(LIST))) == one


def test_for_everybody_else_the_pages_do_not_exist(stage, hook, client_of):
    delivery = actions.try_webhook(hook, by=stage.organiser)
    looks_after = builders.person(is_staff=True)
    looks_after.user_permissions.set(Permission.objects.filter(codename__in=["change_meeting", "view_webhook", "change_webhook"]))
    for person in (stage.anna, stage.carla, looks_after):
        client = client_of(person)
        for path in (LIST, f"{LIST}{hook.pk}/", f"{LIST}{hook.pk}/messages/{delivery.pk}/"):
            assert client.get(path).status_code == 404
        assert client.post(f"{LIST}{hook.pk}/pause/").status_code == 404
    assert "Webhooks" not in client_of(looks_after).get("/organiser/meetings/").text
    assert Webhook.objects.get().is_active


def test_another_editions_webhook_is_not_found(stage, staff, hook):
    other = builders.edition()
    Webhook.objects.update(edition=other)
    assert staff.get(f"{LIST}{hook.pk}/").status_code == 404


def test_over_the_api_it_is_made_changed_tried_and_deleted(stage, staff):
    made = sent(staff, API, {"edition": stage.setup.edition.slug, "name": "Mirror", "url": URL, "events": ["meeting.scheduled"]})
    assert (made.status_code, made.json()["is_secret_taken"]) == (201, False)
    assert "secret" not in made.json()
    path = f"{API}{made.json()['id']}/"
    secret = sent(staff, f"{path}take-secret/", **{"Idempotency-Key": "one"})
    assert secret.json() == {"secret": signing.secret_of(Webhook.objects.get())}
    assert sent(staff, f"{path}take-secret/", **{"Idempotency-Key": "one"}).json() == {"secret": ""}
    assert secret.json()["secret"] not in json.dumps(list(KeptAnswer.objects.values()), default=str)
    assert sent(staff, f"{path}take-secret/").json()["code"] == "secret_taken"
    changed = staff.patch(path, json.dumps({"events": ALL}), content_type="application/json")
    assert (changed.status_code, changed.json()["events"]) == (200, ALL)
    assert sent(staff, f"{path}rotate-secret/").json()["is_secret_taken"] is False
    tried = sent(staff, f"{path}test/")
    assert (tried.status_code, tried.json()["kind"], tried.json()["status"]) == (200, "webhook.test", "waiting")
    assert sent(staff, f"{path}pause/").json()["reason"] == "paused"
    assert sent(staff, f"{path}resume/").json()["is_active"] is True
    Delivery.objects.update(status="given_up")
    assert sent(staff, f"{path}replay/", {"since": timezone.now().replace(year=2025).isoformat()}).json() == {"count": 1}
    (row,) = staff.get(DELIVERIES, {"webhook": made.json()["id"], "status": "waiting"}).json()["results"]
    assert row["payload"]["type"] == "webhook.test"
    assert sent(staff, f"{DELIVERIES}{row['id']}/replay/").json()["key"] == row["key"]
    assert sent(staff, f"{path}delete/").status_code == 204
    assert staff.get(API).json()["results"] == []


def test_over_the_api_a_hostile_address_is_refused_and_nothing_stored(stage, staff):
    for url in ("https://169.254.169.254/", "http://hooks.example.com/", "https://hooks.example.com:22/"):
        answer = sent(staff, API, {"edition": stage.setup.edition.slug, "name": "x", "url": url, "events": ALL})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["url"])
    assert not Webhook.objects.exists()


def test_over_the_api_nobody_else_reads_or_writes(stage, hook, client_of, client):
    for person in (stage.anna, stage.carla):
        other = client_of(person)
        for path in (API, f"{API}{hook.pk}/", DELIVERIES):
            assert other.get(path).status_code == 403
        for verb in ("pause", "take-secret", "rotate-secret", "test", "delete"):
            assert sent(other, f"{API}{hook.pk}/{verb}/").status_code == 403
    assert client.get(API).status_code == 401
    assert Webhook.objects.get().is_active
