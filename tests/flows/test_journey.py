"""The whole way over HTTP: from an account to a counted agreement. Nobody is helped past a form."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from expo.editions.models import Edition, Segment
from matchmaking.agreements.models import Agreement
from matchmaking.desk.roles import set_up_roles
from matchmaking.marketplace.models import Offer, PostingStatus, SourcingRequest
from matchmaking.participants.models import Company, Registration
from tests import builders
from tests.flows.visitor import Visitor
from tests.matchmaking.matching.matched import run

PASSWORD = "a long walk along the chain"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def expo(edition, chain, supplier_segment) -> Edition:
    """The edition runs now, so that agreements can be signed today."""
    today = timezone.localdate()
    edition.starts_on, edition.ends_on, edition.status = today, today, Edition.Status.LIVE
    edition.save()
    builders.booth(builders.hall(edition), code="SV 201", area=edition.areas.get())
    return edition


@pytest.fixture
def desk_of_the_organiser(expo) -> Visitor:
    """Olga has the organiser's role and nothing more."""
    set_up_roles()
    olga = builders.person("olga@example.com", full_name="Olga Organiser", is_staff=True)
    olga.groups.add(Group.objects.get(name="Organiser"))
    visitor = Visitor()
    visitor.sign_in("olga@example.com", builders.PASSWORD)
    return visitor


def sign_up(name: str, email: str) -> Visitor:
    visitor = Visitor()
    visitor.open("/register/")
    assert visitor.address.startswith("/accounts/signup/")
    visitor.send("Create account", full_name=name, email=email, password1=PASSWORD, password2=PASSWORD)
    visitor.follow_mail(email)
    visitor.send("Confirm")
    if visitor.address.startswith("/accounts/login/"):
        visitor.sign_in(email, PASSWORD)
    return visitor


def register(visitor: Visitor, role: str, company: str, country: str, **more: str) -> None:
    visitor.open(f"/register/?role={role}")
    visitor.send("Continue", name=company, country=country, website=f"https://{company.split(maxsplit=1)[0].lower()}.example")
    visitor.send("Save and continue", chains=["smart-vehicle"], **more)
    assert "Smart Vehicle Chain" in visitor.text
    visitor.send("Send to the organiser")


def verify_all(organiser: Visitor) -> None:
    organiser.open("/admin/participants/registration/?status__exact=submitted")
    organiser.send("Go", action="verify", _selected_action=organiser.choices("_selected_action"))


def publish_all(organiser: Visitor, model: str) -> None:
    organiser.open(f"/admin/marketplace/{model}/?status__exact=submitted")
    organiser.send("Go", action="publish", _selected_action=organiser.choices("_selected_action"))


def hand_in(visitor: Visitor, kind: str, **values: str) -> None:
    visitor.open(f"/post/{kind}/")
    segment = Segment.objects.get(slug="battery-cells")
    visitor.send("Save as a draft", segment=str(segment.pk), **values)
    assert "Saved as a draft." in visitor.text
    visitor.send("Hand in")


def test_from_an_account_to_a_counted_agreement(desk_of_the_organiser, expo):
    olga = desk_of_the_organiser
    booth = expo.booths.get()

    boris = sign_up("Boris Bo", "boris@lanternfish.example")
    register(boris, "exhibitor", "Lanternfish Cells", "CN", booth=str(booth.pk))
    stranger = Visitor()
    assert "Lanternfish" not in stranger.open("/exhibitors/")
    stranger.open("/companies/lanternfish-cells/", status=404)
    assert "Registrations to verify" in olga.open("/desk/")
    verify_all(olga)
    assert Registration.objects.get().status == Registration.Status.VERIFIED
    assert any("boris@lanternfish.example" in letter.to and "verified" in str(letter.body).lower() for letter in mail.outbox)
    assert "Lanternfish Cells" in stranger.open("/exhibitors/")
    assert "SV</b><span>201" in stranger.open("/companies/lanternfish-cells/")

    hand_in(
        boris, "offer", title="LFP cells, 280 Ah", unit_price="45", currency="USD", price_unit="pc", minimum_quantity="1,000",
        lead_time_days="40", **{"certificates-0-name": "IATF 16949", "certificates-0-valid_until": "2099-12-31"},
    )  # fmt: skip
    assert "LFP cells" not in stranger.open("/market/")
    publish_all(olga, "offer")
    assert "LFP cells, 280 Ah" in stranger.open("/market/")

    anna = sign_up("Anna Adler", "anna@moonrise.example")
    register(anna, "buyer", "Moonrise Motors", "DE")
    verify_all(olga)
    hand_in(
        anna, "request", title="Cells for city buses", quantity="40,000", budget="48", currency="USD", budget_unit="pc",
        deliver_to="DE", certificates="iatf-16949",
    )  # fmt: skip
    publish_all(olga, "sourcingrequest")

    anna.open("/market/")
    anna.click("LFP cells, 280 Ah")
    anna.click("Lanternfish Cells")
    request, offer = SourcingRequest.objects.get(), Offer.objects.get()
    assert request.status == offer.status == PostingStatus.PUBLISHED
    run(expo)
    assert "LFP cells, 280 Ah" in anna.open(f"/requests/{request.pk}/")
    assert "Cells for city buses" in boris.open(f"/offers/{offer.pk}/")
    assert "published, 1 request fits" in boris.open("/desk/").lower()
    assert "1 request" in re.sub(r"<[^>]+>", "", stranger.open("/chains/smart-vehicle/"))

    log_agreement(olga, expo)
    agreement = Agreement.objects.get()
    assert (agreement.number, agreement.status, agreement.amount_cny) == (1, "recorded", 7_000_000)
    stranger.open(f"/editions/{expo.slug}/results/")
    assert "7 million" in stranger.text or "7,000,000" in stranger.text
    assert "Cells for city buses, first lot" in stranger.open(f"/editions/{expo.slug}/agreements/")
    assert "Cells for city buses, first lot" in boris.open("/desk/")


def log_agreement(organiser: Visitor, edition: Edition) -> None:
    organiser.open("/admin/agreements/agreement/add/")
    sides = Company.objects.order_by("name").values_list("pk", flat=True)
    parties = {f"parties-{place}-company": str(pk) for place, pk in enumerate(sides)}
    chain = edition.areas.get().chain
    organiser.send(
        "Record",
        title="Cells for city buses, first lot",
        kind="agreement",
        chain=str(chain.pk),
        amount="1,000,000",
        currency="USD",
        **parties,
    )


def test_a_stranger_sees_only_what_is_public(desk_of_the_organiser, expo):
    boris = sign_up("Boris Bo", "boris@lanternfish.example")
    register(boris, "exhibitor", "Lanternfish Cells", "CN")
    verify_all(desk_of_the_organiser)
    hand_in(boris, "offer", title="Cells nobody may see yet")
    offer, registration = Offer.objects.get(), Registration.objects.get()

    carla = sign_up("Carla Costa", "carla@example.com")
    for visitor in (Visitor(), carla):
        visitor.open("/companies/lanternfish-cells/")
        for secret in ("boris@lanternfish.example", "Boris Bo", "Cells nobody may see yet"):
            assert secret not in visitor.text
        visitor.open(f"/offers/{offer.pk}/", status=404)
        assert "Cells nobody may see yet" not in visitor.open("/market/")
        assert "Cells nobody may see yet" not in visitor.open("/chains/smart-vehicle/")
    for address in (f"/register/{registration.pk}/", f"/offers/{offer.pk}/edit/", "/companies/lanternfish-cells/edit/"):
        carla.open(address, status=404)
    assert "Cells nobody may see yet" not in carla.open("/desk/")
    assert carla.client.get("/admin/").status_code == 302
    assert Visitor().client.get("/desk/").status_code == 302
