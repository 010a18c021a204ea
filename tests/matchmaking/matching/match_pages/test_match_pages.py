"""The matches of a request, of an offer and of all one's postings, as pages: for whom, what stands there, and who is left out."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from matchmaking.matching.actions.answered import refresh_answered
from matchmaking.matching.models import Match, Verdict
from matchmaking.participants.models import Block, Registration
from tests import builders
from tests.matchmaking.matching.match_pages.asked import found, offers, says
from tests.matchmaking.matching.matched import CELL, WANTED, another_exhibitor, run


def test_the_matches_of_a_request_are_for_its_company_and_the_organiser(
    edition, wanted, cell, anna, boris, carla, organiser, client, client_of
):
    run(edition)
    path = f"/requests/{wanted.pk}/matches/"
    for stranger in (boris, carla):
        assert client_of(stranger).get(path).status_code == 404
    assert client.get(path)["Location"].startswith("/accounts/login/")
    assert offers(found(client_of(anna), path).fits) == [cell.pk]
    seen = client_of(organiser).get(path)
    assert offers(seen.context["found"].fits) == [cell.pk]
    assert "Would like to meet" not in seen.text
    assert "Would like to meet" in client_of(anna).get(path).text


def test_the_matches_of_an_offer_are_for_its_company_and_the_organiser(edition, wanted, cell, anna, boris, carla, organiser, client_of):
    run(edition)
    path = f"/offers/{cell.pk}/matches/"
    for stranger in (anna, carla):
        assert client_of(stranger).get(path).status_code == 404
    for person in (boris, organiser):
        assert [card.request for card in found(client_of(person), path).fits] == [wanted.pk]


def test_somebody_who_has_left_the_company_sees_nothing_more(edition, wanted, cell, aurora, carla, client_of):
    run(edition)
    builders.member(aurora, carla, status="left", role="representative")
    assert client_of(carla).get(f"/requests/{wanted.pk}/matches/").status_code == 404


def test_both_sides_read_the_same_score_and_the_same_factors(edition, wanted, cell, anna, boris, client_of):
    run(edition)
    [mine] = found(client_of(anna), f"/requests/{wanted.pk}/matches/").fits
    [theirs] = found(client_of(boris), f"/offers/{cell.pk}/matches/").fits
    assert (mine.score, mine.reasons) == (theirs.score, theirs.reasons)


def test_the_reasons_sum_up_to_the_score(edition, buyer, exhibitor, supplier_segment, anna, client_of):
    fields = {"quantity": 500, "quantity_base": 500, "base_unit": "pc", "budget": 100, "currency": "CNY", "budget_unit": "pc"}
    asked = builders.sourcing_request(
        buyer,
        supplier_segment,
        **WANTED,
        **fields,
        price_cny_base=100,
        needed_by=timezone.localdate() + timedelta(days=60),
        incoterms=["FOB"],
        deliver_to="DE",
    )
    given = {"minimum_quantity": 100, "quantity_base": 100, "base_unit": "pc", "monthly_capacity": 20, "lead_time_days": 70}
    for number, price in enumerate((90, 115, 140)):
        of = {"unit_price": price, "currency": "CNY", "price_unit": "pc", "price_cny_base": price, "incoterms": ["FOB", "CIF"]}
        seller = another_exhibitor(asked.registration.edition, f"Seller {number}")
        builders.offer(seller, supplier_segment, **CELL, **given, **of)
    run(asked.registration.edition)
    page = client_of(anna).get(f"/requests/{asked.pk}/matches/")
    cards = page.context["found"].fits
    assert len(cards) == 3
    for card, match in zip(cards, Match.objects.in_force().order_by("request_rank"), strict=True):
        assert sum(line.points or 0 for line in card.factors) == card.score == card.reasons.total
        assert abs(card.score - float(match.score)) <= 0.5
    assert "15% over the budget" in page.text
    assert "10 days too late" in page.text
    assert "Ships anywhere" in page.text


def test_a_near_miss_stands_apart_with_what_would_mend_it(edition, buyer, cell, supplier_segment, anna, client_of):
    asked = builders.sourcing_request(buyer, supplier_segment, certificates=("IATF 16949",), **WANTED)
    run(edition)
    page = client_of(anna).get(f"/requests/{asked.pk}/matches/")
    shown = page.context["found"]
    assert (shown.fits, offers(shown.near), shown.found) == ([], [cell.pk], (0, 1))
    [near] = shown.near
    assert near.score <= 75
    assert near.reasons.failures == ["Lacks IATF 16949"]
    assert near.reasons.fixes == ["A valid certificate: IATF 16949. If it exists, the offer should name it."]
    assert "Nobody here fits" in page.text
    assert "fails on this: Lacks IATF 16949." in page.text


def test_nobody_at_all_is_said_plainly(edition, wanted, anna, client_of):
    run(edition)
    page = client_of(anna).get(f"/requests/{wanted.pk}/matches/")
    assert page.context["found"].looked_at == 0
    assert "Nothing comes close either." in page.text


@pytest.mark.parametrize("sets", ["buyer", "supplier"])
def test_a_block_keeps_the_pair_from_both_without_a_word(sets, edition, wanted, cell, chinese, aurora, borealis, anna, boris, client_of):
    run(edition)
    who, whom = (aurora, borealis) if sets == "buyer" else (borealis, aurora)
    Block.objects.create(company=who, blocked=whom)
    assert offers(found(client_of(anna), f"/requests/{wanted.pk}/matches/").fits) == [chinese.pk]
    assert found(client_of(boris), f"/offers/{cell.pk}/matches/").fits == []
    assert found(client_of(boris), "/desk/matches/").total == 0
    assert found(client_of(anna), "/desk/matches/").total == 1


def test_what_is_withdrawn_or_paused_is_gone_at_once(edition, wanted, cell, chinese, anna, client_of):
    run(edition)
    path = f"/requests/{wanted.pk}/matches/"
    assert set(offers(found(client_of(anna), path).fits)) == {cell.pk, chinese.pk}
    type(cell).objects.filter(pk=cell.pk).update(status="withdrawn")
    assert offers(found(client_of(anna), path).fits) == [chinese.pk]
    Registration.objects.filter(pk=chinese.registration_id).update(status="withdrawn")
    assert found(client_of(anna), path).fits == []


def test_what_is_not_for_us_is_put_aside_and_can_be_seen_again(edition, wanted, cell, chinese, anna, client_of):
    run(edition)
    says("buyer", wanted, cell, anna)
    path = f"/requests/{wanted.pk}/matches/"
    page = client_of(anna).get(path)
    shown = page.context["found"]
    assert (offers(shown.fits), offers(shown.hidden)) == ([chinese.pk], [cell.pk])
    assert "Blade" not in page.text
    assert f"m-{wanted.pk}-{cell.pk}" not in page.text
    again = client_of(anna).get(path, {"hidden": "1"}).text
    assert f"m-{wanted.pk}-{cell.pk}" in again
    assert "Show it again" in again
    assert found(client_of(anna), "/desk/matches/").total == 1


def test_who_put_aside_all_that_fits_is_not_told_that_nobody_fits(edition, wanted, cell, anna, boris, client_of):
    run(edition)
    says("buyer", wanted, cell, anna)
    page = client_of(anna).get(f"/requests/{wanted.pk}/matches/").text
    assert "You have put aside what fits" in page
    assert "Nobody here fits" not in page
    theirs = client_of(boris).get(f"/offers/{cell.pk}/matches/").text
    assert "Nobody here asks for this" in theirs
    assert "put aside" not in theirs


def test_what_is_taken_back_stands_there_at_once_before_any_job(edition, wanted, cell, anna, boris, client_of):
    run(edition)
    said = says("buyer", wanted, cell, anna)
    refresh_answered([said.pk])
    assert found(client_of(boris), f"/offers/{cell.pk}/matches/").fits == []
    Verdict.objects.update(undone_at=timezone.now())
    assert offers(found(client_of(anna), f"/requests/{wanted.pk}/matches/").fits) == [cell.pk]
    assert len(found(client_of(boris), f"/offers/{cell.pk}/matches/").fits) == 1
    refresh_answered([said.pk])
    [card] = found(client_of(anna), f"/requests/{wanted.pk}/matches/").fits
    assert (card.offer, card.rank) == (cell.pk, 1)


def test_what_the_other_side_turned_down_is_left_out_without_a_word(edition, wanted, cell, boris, anna, client_of):
    run(edition)
    says("supplier", wanted, cell, boris)
    shown = found(client_of(anna), f"/requests/{wanted.pk}/matches/")
    assert (shown.fits, shown.hidden, shown.near) == ([], [], [])


def test_the_other_side_s_wish_to_meet_is_told(edition, wanted, cell, boris, anna, client_of):
    run(edition)
    says("supplier", wanted, cell, boris, "interested")
    assert "They would like to meet you" in client_of(anna).get(f"/requests/{wanted.pk}/matches/").text


def test_a_hidden_buyer_stays_hidden_and_is_no_filter(edition, wanted, cell, boris, client_of):
    wanted.visibility = "name_hidden"
    wanted.save()
    run(edition)
    page = client_of(boris).get(f"/offers/{cell.pk}/matches/")
    assert [card.request for card in page.context["found"].fits] == [wanted.pk]
    assert "Name hidden until the buyer accepts" in page.text
    assert "Aurora" not in page.text
    assert page.context["found"].choices["country"] == []


def test_filters_narrow_the_list_and_count_what_is_left(edition, wanted, cell, chinese, anna, client_of):
    run(edition)
    path = f"/requests/{wanted.pk}/matches/"
    everything = found(client_of(anna), path)
    assert everything.choices["country"] == [("CN", "China (mainland)", 1, False), ("KR", "South Korea", 1, False)]
    assert everything.choices["certificate"] == [("UN 38.3", "UN 38.3", 1, False)]
    assert offers(found(client_of(anna), path, country="KR").fits) == [chinese.pk]
    assert offers(found(client_of(anna), path, certificate="UN 38.3").fits) == [cell.pk]
    both = client_of(anna).get(path, {"country": "KR", "certificate": "UN 38.3"})
    assert both.context["found"].fits == []
    assert "None of the matches has what you filter by." in both.text
    assert client_of(anna).get(path, {"country": ["", "日本", "<b>"], "segment": "x" * 900}).status_code == 200


def test_until_a_run_is_in_force_the_pages_say_so(wanted, cell, anna, client_of):
    page = client_of(anna).get(f"/requests/{wanted.pk}/matches/")
    assert "The matches are being worked out" in page.text
    assert "being worked out" in client_of(anna).get("/desk/matches/").text
    assert "being worked out" in client_of(anna).get("/desk/").text


def test_a_posting_that_no_run_has_read_yet_is_being_worked_out(edition, wanted, cell, buyer, supplier_segment, anna, client_of):
    made = run(edition)
    fresh = builders.sourcing_request(buyer, supplier_segment, **WANTED)
    assert not found(client_of(anna), f"/requests/{fresh.pk}/matches/").is_worked_out
    made.followed_until = timezone.now() + timedelta(seconds=1)
    made.save()
    assert found(client_of(anna), f"/requests/{fresh.pk}/matches/").is_worked_out


def test_a_posting_that_is_not_open_has_no_matches(edition, wanted, cell, anna, client_of):
    run(edition)
    type(wanted).objects.filter(pk=wanted.pk).update(status="paused")
    page = client_of(anna).get(f"/requests/{wanted.pk}/matches/")
    assert page.context["found"].fits == []
    assert "This posting is not open" in page.text


def test_the_page_says_what_would_sharpen_a_posting(edition, buyer, cell, supplier_segment, anna, organiser, client_of):
    bare = builders.sourcing_request(buyer, supplier_segment, title="Cells wanted")
    run(edition)
    path = f"/requests/{bare.pk}/matches/"
    assert [one.words.split(":")[0] for one in client_of(anna).get(path).context["sharpen"]] == [
        "An HS code of six digits",
        "A budget",
        "A quantity",
        "A date by which you need it.",
        "A size, grade or rating in the title, such as 800 V or LFP.",
    ]
    assert client_of(organiser).get(path).context["sharpen"] == []


def test_a_bare_offer_and_nonsense_are_matched_on_the_rest(edition, wanted, exhibitor, supplier_segment, boris, client_of):
    bare = builders.offer(exhibitor, supplier_segment, title="LFP prismatic cell, 280 Ah")
    odd = builders.offer(exhibitor, supplier_segment, title="😀<b>x</b>电", description="a" * 6000)
    run(edition)
    page = client_of(boris).get(f"/offers/{bare.pk}/matches/")
    assert [card.request for card in page.context["found"].fits] == [wanted.pk]
    assert page.context["sharpen"][0].words.startswith("An HS code")
    assert client_of(boris).get(f"/offers/{odd.pk}/matches/").context["found"].fits == []


def test_one_s_postings_stand_in_one_list_the_best_first(
    edition, buyer, wanted, cell, chinese, anna, boris, carla, client_of, supplier_segment
):
    builders.sourcing_request(buyer, supplier_segment, title="LFP cells, 100 Ah, 2,000 cycles", unit="pc")
    run(edition)
    shown = found(client_of(anna), "/desk/matches/")
    assert shown.groups[0].posting == wanted
    assert shown.groups[0].best == max(group.best for group in shown.groups)
    assert set(offers(shown.groups[0].cards)) == {cell.pk, chinese.pk}
    assert shown.postings + shown.without == 2
    assert [group.posting for group in found(client_of(boris), "/desk/matches/").groups] == [cell]
    assert "You stand for no company yet" in client_of(carla).get("/desk/matches/").text


def test_what_is_new_since_the_last_visit_is_counted(edition, wanted, cell, supplier_segment, anna, client_of):
    run(edition)
    mine = client_of(anna)
    assert found(mine, "/desk/matches/").new == 0
    session = mine.session
    session["matches_seen"] = {"before": "", "at": (timezone.now() - timedelta(hours=2)).isoformat()}
    session.save()
    fresh = builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, **CELL)
    type(cell).objects.filter(pk=cell.pk).update(published_at=timezone.now() - timedelta(days=1))
    run(edition)
    shown = found(mine, "/desk/matches/")
    assert (shown.new, [card.offer for card in shown.groups[0].cards if card.is_new]) == (1, [fresh.pk])
    assert "1 is new since" in mine.get("/desk/matches/").text


@pytest.mark.parametrize("page", ["0", "x", "99999999999", "7"])
def test_odd_page_numbers_show_a_page(page, edition, wanted, cell, anna, client_of):
    run(edition)
    assert client_of(anna).get("/desk/matches/", {"page": page}).status_code == 200


def test_postings_of_many_come_ten_to_a_page(edition, buyer, cell, supplier_segment, anna, client_of):
    for _number in range(11):
        builders.sourcing_request(buyer, supplier_segment, **WANTED)
    run(edition)
    first, second = (found(client_of(anna), "/desk/matches/", page=number) for number in (1, 2))
    assert (len(first.groups), len(second.groups), first.pages) == (10, 1, 2)


def test_ten_matches_take_as_many_queries_as_one(edition, buyer, wanted, cell, supplier_segment, anna, client_of, count_queries):
    mine, paths = client_of(anna), (f"/requests/{wanted.pk}/matches/", "/desk/matches/")
    run(edition)
    for path in paths:
        mine.get(path)
    one = [count_queries(partial(mine.get, path)) for path in paths]
    for number in range(9):
        seller = another_exhibitor(edition, f"Seller {number}")
        builders.offer(seller, supplier_segment, **{**CELL, "lead_time_days": 10 * number}, certificates=("CE", f"ISO {number}"))
        builders.sourcing_request(buyer, supplier_segment, **WANTED)
    run(edition)
    for path in paths:
        mine.get(path)
    assert [count_queries(partial(mine.get, path)) for path in paths] == one
    assert max(one) <= 14
    assert len(found(mine, paths[0]).fits) == 10


def test_an_own_offer_never_answers_an_own_request(edition, buyer, cell, aurora, supplier_segment, anna, client_of):
    own = builders.registration(aurora, edition)
    mine = builders.offer(own, supplier_segment, **CELL)
    asked = builders.sourcing_request(buyer, supplier_segment, **WANTED)
    run(edition)
    builders.match(asked, mine, score=Decimal(99), request_rank=9)
    assert offers(found(client_of(anna), f"/requests/{asked.pk}/matches/").fits) == [cell.pk]


def test_owners_are_led_to_their_matches_and_nobody_else(edition, wanted, cell, anna, boris, carla, client_of):
    run(edition)
    path, link = f"/requests/{wanted.pk}/", f'href="/requests/{wanted.pk}/matches/"'
    assert link in client_of(anna).get(path).text
    for stranger in (boris, carla):
        assert link not in client_of(stranger).get(path).text
    assert link in client_of(anna).get("/desk/").text
    assert link in client_of(anna).get("/desk/postings/").text


def test_the_pages_are_there_in_chinese(edition, wanted, cell, anna, client_of):
    run(edition)
    for path in (f"/zh/requests/{wanted.pk}/matches/", "/zh/desk/matches/"):
        assert client_of(anna).get(path).status_code == 200


def test_an_answer_comes_back_to_the_list(edition, wanted, cell, anna, client_of):
    run(edition)
    path = f"/requests/{wanted.pk}/matches/"
    mine = client_of(anna, enforce_csrf_checks=True)
    page = mine.get(path)
    sent = {"side": "buyer", "says": "not_for_us", "reason": "price", "next": path}
    token = {"csrfmiddlewaretoken": page.context["csrf_token"]}
    answer = mine.post(f"/requests/{wanted.pk}/matches/{cell.pk}/verdict/", {**sent, **token})
    assert answer["Location"] == path
    assert offers(found(mine, path).hidden) == [cell.pk]
