"""What became of what was signed, over the API: the numbers of the page for every role, and for staff the rows behind them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from matchmaking.agreements.models import Milestone
from tests import builders

READ = "/api/v1/fulfilment/2027/"


@pytest.fixture
def signed(edition, chain, aurora, borealis):
    """Twelve intentions, of which nobody answered for two and six became agreements; the sides disagree on one. And one agreement."""
    now = timezone.now()
    said = [("delivering", "")] * 6 + [("agreement_signed", "met")] + [("met", "")] * 3 + [("", "")] * 2
    rows = [builders.agreement(edition, chain, aurora, borealis, kind="intention") for _ in said]
    builders.agreement(edition, chain, aurora, borealis)
    for row, stages in zip(rows, said, strict=True):
        for party, stage in zip(row.parties.order_by("order"), stages, strict=True):
            Milestone.objects.create(
                agreement=row, party=party, days=30, due_on=row.signed_on + timedelta(days=30), asked_at=now, stage=stage, answered_at=now if stage else None
            )  # fmt: skip
    return edition


@pytest.fixture
def clerk(db):
    """Somebody of the staff without the right to see the ledger."""
    return builders.person("clerk@example.com", is_staff=True)


def test_every_role_reads_the_numbers_of_its_page_and_staff_alone_small_ones(signed, client, client_of, anna, clerk, organiser):
    told = {}
    for name, visitor in (("nobody", client), ("anna", client_of(anna)), ("clerk", client_of(clerk)), ("organiser", client_of(organiser))):
        told[name] = visitor.get(READ).json()
        page = visitor.get("/editions/2027/fulfilment/").context["goals"]
        for goal, sent in zip(page, told[name]["goals"], strict=True):
            assert [(line.asked, line.reached, line.share) for line in goal.by_day] == [
                (line["asked"], line["reached"], line["share"]) for line in sent["by_day"]
            ]
    assert told["nobody"] == told["anna"] == told["clerk"]
    for name, numbers in (("nobody", (13 - 1, None, None, None)), ("organiser", (12, 12, 6, 1))):
        total = told[name]["goals"][0]["total"]
        assert (total["counted"], total["asked"], total["reached"], total["disagree"]) == numbers
    goal = told["organiser"]["goals"][0]
    assert goal["title"] == {"en": "Intentions that became agreements", "zh": goal["title"]["zh"]}
    assert goal["title"]["zh"] != goal["title"]["en"]
    assert goal["definition"]["zh"] != goal["definition"]["en"]


def test_the_rows_behind_a_number_are_as_many_as_it_says_and_for_staff(signed, client, client_of, anna, clerk, organiser):
    staff = client_of(organiser)
    for goal in staff.get(READ).json()["goals"]:
        for line in (*goal["by_chain"], *goal["by_day"], goal["total"]):
            chain = f"&chain={line['chain']}" if line["chain"] else ""
            for state in ("reached", "disagree", "not_yet", "silent", ""):
                found = staff.get(
                    f"{READ}rows/?kind={goal['kind']}&days={line['days']}{chain}" + (f"&state={state}" if state else "")
                ).json()
                assert found["total"] == len(found["results"]) == line[state or "asked"]
                assert {row["state"] for row in found["results"]} <= ({state} if state else {"reached", "disagree", "not_yet", "silent"})
    for visitor in (client, client_of(anna), client_of(clerk)):
        assert visitor.get(f"{READ}rows/?kind=intention").status_code == 404


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("rows/", 400, "kind"), ("rows/?kind=treaty", 400, "kind"), ("rows/?kind=intention&days=2", 400, "days"),
        ("rows/?kind=intention&chain=x", 400, "chain"), ("rows/?kind=intention&state=happy", 400, "state"), ("rows/?kind=intention&foo=1", 400, "foo"),
        ("rows/?kind=intention&page=0", 400, "page"), ("rows/?kind=intention&page=1e30", 400, "page"), ("?foo=1", 400, "foo"),
        ("rows/?kind=intention&page=2", 404, None),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named(signed, client_of, organiser, query, status, field):
    answer = client_of(organiser).get(READ + query)
    assert (answer.status_code, list(answer.json()["fields"])) == (status, [field] if field else [])
    assert client_of(organiser).get(READ.replace("2027", "none")).status_code == 404
    assert client_of(organiser).post(READ, {}, "application/json").status_code == 405
