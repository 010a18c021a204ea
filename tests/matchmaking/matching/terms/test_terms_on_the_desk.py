"""Terms on the desk: lists, forms, and who sees them."""

import pytest

from matchmaking.matching.glossary.actions import (
    save_term,
)
from matchmaking.matching.models import Term
from tests.matchmaking.matching.terms.asked import CELL, LIST, as_form, errors_of, logged


def test_an_organiser_adds_and_changes_a_term(shipped, staff, client_of):
    client = client_of(staff("Organiser"))
    answer = client.post(f"{LIST}add/", {**CELL, "chain": shipped.chain_id, "key": "", "broader": "", "is_active": "on"})
    assert answer.status_code == 302
    made = Term.objects.get(key="lithium-titanate-cell")
    assert client.post(f"{LIST}{made.pk}/change/", as_form(made, chinese="钛酸锂电池")).status_code == 302
    made.refresh_from_db()
    assert (made.chinese, made.is_own, made.chain) == ("钛酸锂电池", True, shipped.chain)
    assert [verb for verb, _data in logged()] == ["add_term", "edit_term"]


def test_the_form_says_what_cannot_stand(shipped, staff, client_of):
    client = client_of(staff("Organiser"))
    answer = client.post(f"{LIST}add/", {**CELL, "chain": shipped.chain_id, "key": "lidar", "broader": "", "is_active": "on"})
    assert list(errors_of(answer)) == ["key"]
    answer = client.post(f"{LIST}{shipped.pk}/change/", as_form(shipped, english="激光雷达"))
    assert errors_of(answer) == {"english": ["“激光雷达” is written in Chinese. Expected: it stands among the Chinese names."]}
    shipped.refresh_from_db()
    assert shipped.is_own is False


def test_a_shared_name_is_said_after_saving(shipped, staff, client_of):
    form = {
        "kind": "good",
        "english": "light radar",
        "chinese": "激光雷达",
        "chain": shipped.chain_id,
        "key": "",
        "broader": "",
        "is_active": "on",
    }
    answer = client_of(staff("Organiser")).post(f"{LIST}add/", form, follow=True)
    assert "Other terms of the chain have the same names: “激光雷达” (lidar)." in answer.content.decode()


def test_the_page_of_a_term_shows_what_was_shipped_and_offers_no_removal(shipped, staff, client_of):
    client = client_of(staff("Organiser"))
    save_term(shipped, by=staff("Organiser"), fields={"chinese": "光达"})
    page = client.get(f"{LIST}{shipped.pk}/change/").content.decode()
    assert "laser radar – 激光雷达" in page
    assert "deletelink" not in page
    own = Term.objects.create(key="own", kind="good", english="own", is_own=True)
    page = client.get(f"{LIST}{own.pk}/change/").content.decode()
    assert "not among the shipped terms" in page
    assert "deletelink" in page
    assert client.post(f"{LIST}{own.pk}/delete/", {"post": "yes"}).status_code == 302
    assert client.post(f"{LIST}{shipped.pk}/delete/", {"post": "yes"}).status_code == 403
    assert set(Term.objects.filter(pk__in=[own.pk, shipped.pk])) == {shipped}


def test_chosen_terms_are_switched_off_and_on_and_restored(shipped, staff, client_of):
    client = client_of(staff("Organiser"))
    own = Term.objects.create(key="own", kind="good", english="own", is_own=True)
    chosen = {"_selected_action": [shipped.pk, own.pk]}
    assert "2 terms changed." in client.post(LIST, {"action": "switch_off", **chosen}, follow=True).content.decode()
    assert not Term.objects.filter(pk__in=chosen["_selected_action"], is_active=True).exists()
    assert "1 term changed." in client.post(LIST, {"action": "switch_on", "_selected_action": [own.pk]}, follow=True).content.decode()
    page = client.post(LIST, {"action": "restore", **chosen}, follow=True).content.decode()
    assert "1 term restored." in page
    assert "Not among the shipped terms, left as they are: own." in page


@pytest.mark.parametrize("asked", ["激光雷达", "laser radar", "LIDAR"])
def test_the_list_finds_a_term_by_a_name_in_either_language(asked, shipped, staff, client_of):
    found = client_of(staff("Organiser")).get(LIST, {"q": asked}).context["cl"].result_list
    assert shipped in found
    assert len(found) < 5


def test_the_list_takes_as_many_queries_for_three_terms_as_for_one(chain, staff, client_of, count_queries):
    client = client_of(staff("Organiser"))
    Term.objects.create(key="one", kind="good", english="one", chain=chain)
    client.get(LIST)
    one = count_queries(lambda: client.get(LIST))
    for name in ("two", "three"):
        Term.objects.create(key=name, kind="good", english=name, chain=chain)
    assert count_queries(lambda: client.get(LIST)) == one


@pytest.mark.parametrize(("role", "sees"), [("Organiser", 200), ("Read-only", 200), ("Verifier", 200), ("Reporter", 200)])
def test_staff_see_the_terms_and_only_organisers_change_them(role, sees, shipped, staff, client_of):
    client = client_of(staff(role))
    assert client.get(LIST).status_code == sees
    may = role == "Organiser"
    assert client.get(f"{LIST}add/").status_code == (200 if may else 403)
    assert client.post(f"{LIST}{shipped.pk}/change/", as_form(shipped, chinese="光达")).status_code == (302 if may else 403)
    assert (b'value="restore"' in client.get(LIST).content) == may
    shipped.refresh_from_db()
    assert shipped.is_own == may


@pytest.mark.parametrize("who", ["carla", "boris"])
def test_for_others_there_is_no_list(who, shipped, request, client_of):
    client = client_of(request.getfixturevalue(who))
    assert client.get(LIST).status_code in {302, 403}
    assert client.post(f"{LIST}{shipped.pk}/change/", as_form(shipped, chinese="光达")).status_code in {302, 403}
    shipped.refresh_from_db()
    assert shipped.is_own is False
