import pytest
from django.contrib.auth.models import AnonymousUser

from expo.editions.models import Edition
from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.participants import actions
from matchmaking.participants.errors import AlreadyRegistered, NotComplete, RegistrationClosed
from matchmaking.participants.models import Company, Registration
from tests import builders


@pytest.fixture
def caldera(carla):
    """Carla's own company here, which takes part in nothing yet."""
    return actions.found_company(by=carla, name="Caldera", country="PT")


@pytest.fixture
def draft(caldera, edition, carla):
    return actions.start_registration(caldera, edition, "exhibitor", by=carla)


def saved(draft, chain, **fields):
    """Save a complete participation."""
    by = fields.pop("by", None) or draft.company.members.get().user
    return actions.save_participation(draft, by=by, **{"chains": [chain], "attendance": "on_site", "parallel_meetings": 2, **fields})


def test_from_the_draft_to_taking_part(draft, chain, supplier_segment, carla, organiser, edition):
    assert draft.status == "draft"
    saved(draft, chain, main_segment=supplier_segment)
    sent = actions.submit_registration(draft, by=carla)
    assert (sent.status, sent.parallel_meetings, sent.main_segment) == ("submitted", 2, supplier_segment)
    assert sent.submitted_at is not None
    assert not Company.objects.visible_to(AnonymousUser()).filter(pk=draft.company.pk).exists()
    verified = actions.verify_registration(sent, by=organiser)
    assert verified.status == "verified"
    assert verified.decided_at is not None
    assert Company.objects.visible_to(AnonymousUser()).filter(pk=draft.company.pk).exists()
    assert list(OutboxMessage.objects.order_by("id").values_list("recipient__email", "kind")) == [
        ("carla@example.com", "registration_submitted"),
        ("carla@example.com", "registration_verified"),
    ]
    verbs = ["found_company", "start_registration", "save_participation", "submit_registration", "verify_registration"]
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == verbs


def test_starting_again_goes_on_with_the_draft(draft, caldera, edition, carla):
    assert actions.start_registration(caldera, edition, "exhibitor", by=carla) == draft
    assert actions.start_registration(caldera, edition, "buyer", by=carla) != draft
    assert Registration.objects.filter(company=caldera).count() == 2


@pytest.mark.parametrize("status", ["submitted", "verified"])
def test_what_was_sent_is_not_started_again(draft, caldera, edition, carla, status):
    Registration.objects.filter(pk=draft.pk).update(status=status)
    with pytest.raises(AlreadyRegistered) as refused:
        actions.start_registration(caldera, edition, "exhibitor", by=carla)
    assert refused.value.registration == draft


def test_a_withdrawn_registration_starts_anew(draft, caldera, edition, carla):
    actions.withdraw_registration(draft, by=carla)
    assert actions.start_registration(caldera, edition, "exhibitor", by=carla).status == "draft"
    assert Registration.objects.filter(company=caldera).count() == 1


@pytest.mark.parametrize("status", ["announced", "closed"])
def test_registration_only_while_the_edition_takes_it(draft, chain, carla, caldera, edition, status):
    saved(draft, chain)
    Edition.objects.update(status=status)
    edition.refresh_from_db()
    with pytest.raises(RegistrationClosed):
        actions.start_registration(caldera, edition, "buyer", by=carla)
    with pytest.raises(RegistrationClosed):
        saved(draft, chain, parallel_meetings=9)
    with pytest.raises(RegistrationClosed):
        actions.submit_registration(draft, by=carla)
    draft.refresh_from_db()
    assert (draft.status, draft.parallel_meetings) == ("draft", 2)
    assert Registration.objects.count() == 1


def test_an_unknown_role_is_refused(caldera, edition, carla):
    with pytest.raises(Invalid):
        actions.start_registration(caldera, edition, "staff", by=carla)
    assert not Registration.objects.exists()


def test_strangers_do_not_register_somebody_elses_company(draft, chain, caldera, edition, anna, boris):
    for person in (anna, boris, AnonymousUser()):
        with pytest.raises(NotAllowed):
            actions.start_registration(caldera, edition, "buyer", by=person)
        with pytest.raises(NotAllowed):
            saved(draft, chain, by=person)
        with pytest.raises(NotAllowed):
            actions.submit_registration(draft, by=person)
        with pytest.raises(NotAllowed):
            actions.withdraw_registration(draft, by=person)
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert not draft.chains.exists()


def test_only_organisers_verify_and_reject(draft, chain, carla, anna):
    saved(draft, chain)
    actions.submit_registration(draft, by=carla)
    helper = builders.person("helper@example.com", is_staff=True)
    for person in (carla, anna, helper, AnonymousUser()):
        with pytest.raises(NotAllowed):
            actions.verify_registration(draft, by=person)
        with pytest.raises(NotAllowed):
            actions.reject_registration(draft, by=person, reason="No")
    draft.refresh_from_db()
    assert draft.status == "submitted"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"chains": []}, "chains"),
        ({"attendance": "by post"}, "attendance"),
        ({"parallel_meetings": 0}, "parallel_meetings"),
        ({"parallel_meetings": 51}, "parallel_meetings"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(draft, chain, fields, wrong):
    with pytest.raises(Invalid) as refused:
        saved(draft, chain, **fields)
    assert list(refused.value.fields) == [wrong]
    draft.refresh_from_db()
    assert draft.parallel_meetings == 1
    assert not draft.chains.exists()


def test_chains_and_segments_belong_to_the_edition_and_to_each_other(draft, chain, supplier_segment):
    elsewhere = builders.chain(builders.edition())
    with pytest.raises(Invalid) as refused:
        saved(draft, chain, chains=[elsewhere])
    assert list(refused.value.fields) == ["chains"]
    with pytest.raises(Invalid) as refused:
        saved(draft, chain, main_segment=builders.segment(elsewhere))
    assert list(refused.value.fields) == ["main_segment"]


def test_a_zone_of_a_chain_stands_on_its_segments(draft, chain, supplier_segment, edition):
    zone = builders.chain(edition, kind="zone", parent=chain)
    assert saved(draft, chain, chains=[zone], main_segment=supplier_segment).main_segment == supplier_segment


def test_a_registration_without_chains_is_not_sent(draft, carla):
    with pytest.raises(NotComplete) as refused:
        actions.submit_registration(draft, by=carla)
    assert list(refused.value.fields) == ["chains"]
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert not OutboxMessage.objects.exists()


def test_sending_twice_sends_once(draft, chain, carla):
    saved(draft, chain)
    actions.submit_registration(draft, by=carla)
    with pytest.raises(IllegalMove):
        actions.submit_registration(draft, by=carla)
    assert OutboxMessage.objects.filter(kind="registration_submitted").count() == 1


def test_a_change_takes_the_registration_back_before_it_is_verified(draft, chain, carla, organiser):
    saved(draft, chain)
    actions.submit_registration(draft, by=carla)
    assert saved(draft, chain, parallel_meetings=5).status == "draft"
    with pytest.raises(IllegalMove):
        actions.verify_registration(draft, by=organiser)


def test_a_verified_registration_is_not_changed_by_the_company(exhibitor, chain, boris):
    with pytest.raises(IllegalMove):
        saved(exhibitor, chain, by=boris)


def test_a_rejected_registration_is_corrected_and_sent_again(draft, chain, carla, organiser):
    saved(draft, chain)
    actions.submit_registration(draft, by=carla)
    rejected = actions.reject_registration(draft, by=organiser, reason=" Name your legal form. ")
    assert (rejected.status, rejected.rejection_reason) == ("rejected", "Name your legal form.")
    told = OutboxMessage.objects.get(kind="registration_rejected")
    assert "Name your legal form." in told.body
    assert f"http://testserver/register/{draft.pk}/" in told.body
    assert saved(draft, chain).rejection_reason == "Name your legal form."
    sent = actions.submit_registration(draft, by=carla)
    assert (sent.status, sent.rejection_reason, sent.decided_at) == ("submitted", "", None)
    assert actions.verify_registration(draft, by=organiser).status == "verified"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001])
def test_a_rejection_needs_a_reason(draft, chain, carla, organiser, reason):
    saved(draft, chain)
    actions.submit_registration(draft, by=carla)
    with pytest.raises(Invalid):
        actions.reject_registration(draft, by=organiser, reason=reason)
    draft.refresh_from_db()
    assert draft.status == "submitted"


def test_a_verification_can_be_taken_back(exhibitor, organiser, borealis):
    actions.reject_registration(exhibitor, by=organiser, reason="The company has closed.")
    assert not Company.objects.visible_to(AnonymousUser()).filter(pk=borealis.pk).exists()


def test_owners_withdraw_and_representatives_do_not(exhibitor, boris, carla, borealis):
    builders.member(borealis, carla, role="representative")
    with pytest.raises(NotAllowed):
        actions.withdraw_registration(exhibitor, by=carla)
    assert actions.withdraw_registration(exhibitor, by=boris).status == "withdrawn"
    with pytest.raises(IllegalMove):
        actions.withdraw_registration(exhibitor, by=boris)


def test_what_was_is_not_withdrawn(boris, borealis, organiser):
    past = builders.registration(borealis, builders.edition(status="closed"))
    with pytest.raises(RegistrationClosed):
        actions.withdraw_registration(past, by=boris)
    past.refresh_from_db()
    assert past.status == "verified"
    assert actions.withdraw_registration(past, by=organiser).status == "withdrawn"


def test_every_owner_and_who_filled_it_in_is_told_once(draft, chain, caldera, carla, organiser, anna):
    second = builders.person("second@example.com")
    builders.member(caldera, second)
    builders.member(caldera, builders.person("rep@example.com"), role="representative")
    builders.member(caldera, builders.person("gone@example.com"), status="left")
    saved(draft, chain, by=carla)
    actions.submit_registration(draft, by=carla)
    assert sorted(OutboxMessage.objects.values_list("recipient__email", flat=True)) == ["carla@example.com", "second@example.com"]


def test_mails_keep_signs_as_they_are_and_headers_on_one_line(carla, edition, chain):
    company = actions.found_company(by=carla, name="Smith & Sons\r\nBcc: all@example.com <b>", country="GB")
    draft = actions.start_registration(company, edition, "buyer", by=carla)
    saved(draft, chain)
    actions.submit_registration(draft, by=carla)
    notice = OutboxMessage.objects.get()
    assert notice.subject == "Smith & Sons Bcc: all@example.com <b>: registration received, Sample 2027"
    assert "&amp;" not in notice.body


def test_the_log_holds_no_personal_data(draft, chain, carla, organiser):
    saved(draft, chain)
    actions.submit_registration(draft, by=carla)
    actions.verify_registration(draft, by=organiser)
    logged = str(list(Event.objects.values_list("data", flat=True)))
    assert "carla" not in logged.lower()
    assert "@" not in logged
