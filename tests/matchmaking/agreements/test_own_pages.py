"""Agreements on a company's own desk: from a meeting to a draft, sent, answered, and what each of the wrong forms is told."""

from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from expo.foundation.models import Event, OutboxMessage
from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink, Introduction, Party
from matchmaking.meetings.models import Meeting
from matchmaking.participants.models import Block, Registration
from tests import builders
from tests.matchmaking.meetings.conftest import edition, hall, setup, stage  # noqa: F401 - the small expo of the room of meetings
from tests.matchmaking.meetings.stage import begin_in

NEW = "/desk/agreements/new/"
TABLES = (Agreement, Party, Confirmation, ConfirmationLink, Introduction, Event, OutboxMessage)


def everything():
    return [model.objects.count() for model in TABLES]


@pytest.fixture
def offer(stage, supplier_segment):  # noqa: F811 - the fixture imported above
    return builders.offer(stage.exhibitor, supplier_segment, title="LFP cells")


@pytest.fixture
def meeting(stage, offer):  # noqa: F811
    """Boris met Anna about his cells, an hour ago."""
    met = stage.met(stage.slots[0], postings=[offer])
    begin_in(-60)
    met.refresh_from_db()
    return met


def address(agreement, verb=""):
    return f"/desk/agreements/{agreement.pk}/" + (f"{verb}/" if verb else "")


def rows(*parties):
    """Return the rows of other parties as a browser sends them."""
    sent = {"parties-TOTAL_FORMS": str(len(parties)), "parties-INITIAL_FORMS": "0"}
    for number, party in enumerate(parties):
        sent |= {f"parties-{number}-{name}": str(value) for name, value in party.items()}
    return sent


def with_parties(filled, *parties):
    """Return the sheet with these other parties instead."""
    return {name: value for name, value in filled.items() if not name.startswith("parties-")} | rows(*parties)


@pytest.fixture
def filled(meeting, chain, supplier_segment, aurora):
    """What Boris's browser sends from the sheet as it comes."""
    today = Meeting.objects.get(pk=meeting.pk).edition.starts_on
    return {
        "own_role": "supplier",
        "title": "LFP cells",
        "kind": "agreement",
        "chain": str(chain.pk),
        "segment": str(supplier_segment.pk),
        "signed_on": today.isoformat(),
        "amount": "1,500,000",
        "currency": "USD",
        "visibility": "public",
        **rows({"key": aurora.pk, "role": "customer"}),
    }


@pytest.fixture
def boris_at(client_of, stage):  # noqa: F811
    return client_of(stage.boris)


@pytest.fixture
def anna_at(client_of, stage):  # noqa: F811
    return client_of(stage.anna)


@pytest.fixture
def draft(boris_at, meeting, filled):
    """Boris's draft of what came of the meeting."""
    assert boris_at.post(f"{NEW}?meeting={meeting.pk}", filled).status_code == 302
    return Agreement.objects.get()


@pytest.fixture
def sent(boris_at, draft):
    assert boris_at.post(address(draft, "submit")).status_code == 302
    draft.refresh_from_db()
    return draft


def test_the_page_of_a_meeting_leads_to_the_sheet_once_it_has_begun(stage, offer, boris_at):  # noqa: F811
    met = stage.met(stage.slots[0], postings=[offer])
    words = "Write down what you agreed"
    assert words not in boris_at.get(f"/meetings/{met.pk}/").text
    assert boris_at.get(f"{NEW}?meeting={met.pk}").status_code == 409
    begin_in(-60)
    assert f'href="{NEW}?meeting={met.pk}"' in boris_at.get(f"/meetings/{met.pk}/").text
    assert boris_at.get(f"{NEW}?meeting={met.pk}").status_code == 200


def test_the_sheet_comes_filled_in_with_what_is_known(boris_at, meeting, chain, supplier_segment):
    page = boris_at.get(f"{NEW}?meeting={meeting.pk}")
    form, others = page.context["form"], page.context["rows"]
    assert (form["title"].value(), form["chain"].value(), form["segment"].value()) == ("LFP cells", chain.pk, supplier_segment.pk)
    assert (form["own_role"].value(), form["visibility"].value()) == ("supplier", "public")
    assert form["signed_on"].value() == timezone.localdate(meeting.slot.starts_at, ZoneInfo("Asia/Shanghai"))
    assert [(row.company.name if row.company else "", row["role"].value()) for row in others] == [("Aurora Motors", "customer"), ("", None)]


def test_two_taps_make_a_draft_that_the_other_side_does_not_see(stage, boris_at, anna_at, meeting, draft, offer):  # noqa: F811
    assert (draft.status, draft.meeting, draft.offer, draft.drafted_for) == ("draft", meeting, offer, stage.exhibitor.company)
    assert [(party.name, party.role) for party in draft.parties.all()] == [("Borealis Cells", "supplier"), ("Aurora Motors", "customer")]
    page = boris_at.get(address(draft)).text
    assert "A draft, seen by your company alone." in page
    assert "Send it to the parties" in page
    assert "Send “LFP cells” to the parties" in boris_at.get("/desk/").text
    assert anna_at.get(address(draft)).status_code == 404
    assert "LFP cells" not in anna_at.get("/desk/agreements/").text


def test_sent_confirmed_and_on_record(boris_at, anna_at, sent):
    assert sent.status == "submitted"
    desk = anna_at.get("/desk/").text
    assert f'href="{address(sent)}#answer"' in desk
    listed = anna_at.get("/desk/agreements/?show=waiting").text
    assert "Waiting for you" in listed
    assert "with Borealis Cells" in " ".join(listed.split())
    page = anna_at.get(address(sent))
    given = {"party": sent.parties.get(company__name="Aurora Motors").pk, "version": sent.version, "seen": page.context["seen"]}
    answer = anna_at.post(address(sent, "confirm"), given, follow=True)
    assert "Confirmed by all: it is on record as 2027-0001." in answer.text
    sent.refresh_from_db()
    assert (sent.status, sent.number, str(sent.amount_cny)) == ("confirmed", 1, "10500000.00")
    assert "CNY\N{NO-BREAK SPACE}10,500,000, at 7 yuan for one USD" in answer.text
    assert "Confirmed by all registered parties" in boris_at.get(address(sent)).text
    assert "Confirm “LFP cells”" not in anna_at.get("/desk/").text


def test_a_no_needs_a_reason_and_makes_it_a_draft_again(boris_at, anna_at, sent):
    given = {"party": sent.parties.get(company__name="Aurora Motors").pk, "version": sent.version}
    before = everything()
    answer = anna_at.post(address(sent, "dispute"), given)
    assert answer.status_code == 400
    assert "Say what is not right, so that it can be corrected." in answer.text
    assert everything() == before
    assert anna_at.post(address(sent, "dispute"), given | {"reason": "It was EUR, not USD."}).status_code == 302
    sent.refresh_from_db()
    assert sent.status == "draft"
    page = boris_at.get(address(sent)).text
    assert "It was EUR, not USD." in page
    assert "Send it to the parties" in page


def test_what_is_on_record_is_disputed_and_counts_nowhere(boris_at, anna_at, sent):
    anna = sent.parties.get(company__name="Aurora Motors").pk
    anna_at.post(address(sent, "confirm"), {"party": anna, "version": sent.version})
    assert "This is not right" in anna_at.get(address(sent)).text
    answer = anna_at.post(address(sent, "dispute"), {"party": anna, "version": sent.version, "reason": "We never signed."}, follow=True)
    assert "It counts nowhere until the organiser has settled it." in answer.text
    sent.refresh_from_db()
    assert (sent.status, sent.number) == ("disputed", 1)
    assert "We never signed." in boris_at.get(address(sent)).text


def test_who_sent_it_takes_it_back_and_throws_it_away(boris_at, anna_at, sent):
    assert boris_at.post(address(sent, "take-back")).status_code == 302
    sent.refresh_from_db()
    assert sent.status == "draft"
    assert anna_at.get(address(sent)).status_code == 404
    assert boris_at.post(address(sent, "discard")).headers["Location"] == "/desk/agreements/"
    assert not Agreement.objects.exists()


def test_what_was_taken_back_meanwhile_cannot_be_confirmed(boris_at, anna_at, sent):
    given = {"party": sent.parties.get(company__name="Aurora Motors").pk, "version": sent.version}
    boris_at.post(address(sent, "take-back"))
    boris_at.post(address(sent, "submit"))
    before = everything()
    answer = anna_at.post(address(sent, "confirm"), given)
    assert answer.status_code == 409
    assert "It was changed after you read it." in answer.text
    assert everything() == before


VERBS = ["submit", "take-back", "discard", "confirm", "dispute", "link", "introduce", "consent", "end-introduction"]


@pytest.mark.parametrize("verb", VERBS)
def test_to_carla_no_step_exists(stage, client_of, sent, verb):  # noqa: F811
    before = everything()
    party = sent.parties.first().pk
    given = {"party": party, "version": 1, "reason": "no", "email": "x@example.com", "company": "Comet Works", "answer": "yes"}
    assert client_of(stage.carla).post(address(sent, verb), given).status_code == 404
    assert everything() == before


@pytest.mark.parametrize("odd", ["", "0", "-1", "x", "9" * 30, "9223372036854775807", "٣", "1e9"])
def test_odd_numbers_break_nothing(boris_at, meeting, sent, filled, odd):
    before = everything()
    given = {"party": odd, "version": odd, "seen": odd, "reason": "no", "email": "x@example.com", "answer": "yes", "company": odd}
    for verb in ("confirm", "dispute", "link", "consent", "introduce"):
        assert boris_at.post(address(sent, verb), given).status_code in {400, 403, 409}, verb
    for path in (
        f"{NEW}?meeting={odd}",
        f"{NEW}?company={odd}",
        f"/desk/agreements/?page={odd or 'x'}",
        f"/desk/agreements/?show={odd or 'x'}",
    ):
        assert boris_at.get(path).status_code in {200, 404}, path
    wrong = with_parties(filled, {"key": odd}) | {"seen": odd, "chain": odd, "segment": odd, "parties-TOTAL_FORMS": odd}
    assert boris_at.post(f"{NEW}?meeting={meeting.pk}", wrong).status_code == 400
    assert everything() == before


def test_to_carla_no_page_exists(stage, client_of, meeting, sent, filled):  # noqa: F811
    carla, before = client_of(stage.carla), everything()
    paths = (address(sent), address(sent, "edit"), f"{address(sent)}document.pdf", f"{NEW}?meeting={meeting.pk}")
    assert [carla.get(path).status_code for path in paths] == [404] * 4
    assert carla.post(f"{NEW}?meeting={meeting.pk}", filled).status_code == 404
    assert "LFP cells" not in carla.get("/desk/agreements/").text
    assert everything() == before
    assert "LFP cells" not in b"".join(carla.get("/lists/my-agreements.csv").streaming_content).decode()


def test_strangers_are_asked_to_sign_in(client, sent):
    for path in ("/desk/agreements/", NEW, address(sent)):
        assert client.get(path).headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"amount": "0"}, "An amount is more than zero"),
        ({"amount": "-5"}, "An amount is more than zero"),
        ({"amount": "NaN"}, "Enter a number."),
        ({"amount": "1" + "0" * 30}, "Ensure that there are no more than"),
        ({"amount": "9999999999999999.99"}, ""),
        ({"amount": "10.005"}, "no more than 2 decimal places"),
        ({"amount": ""}, "Write the amount"),
        ({"is_undisclosed": "on"}, "both cannot be"),
        ({"currency": "JPY"}, "Sample 2027 states no exchange rate for JPY. It states one for: CNY, EUR, USD."),
        ({"currency": "XXX"}, "“XXX” is not a currency that is known here."),
        ({"currency": ""}, "Say in which currency."),
        ({"signed_on": "2001-01-01"}, "lies outside the edition"),
        ({"signed_on": "soon"}, "Enter a valid date."),
        ({"title": "  "}, "This field is required."),
        ({"kind": "deal"}, "not one of the available choices"),
        ({"visibility": "secret"}, "not one of the available choices"),
        ({"chain": "99999"}, "not one of the available choices"),
        (rows({"name": "Borealis Cells", "country": "CN"}), "“Borealis Cells” stands here twice."),
        (rows(), "An agreement has at least two parties."),
        (rows({"name": "Nobody Knows Ltd"}), "Say which country or region “Nobody Knows Ltd” is from."),
        (rows({"country": "FR"}), "write the name and the country or region of an outside party"),
        (rows({"name": "...", "country": "FR"}), "This is not a name."),
        (rows(*({"name": f"Party {number}", "country": "FR"} for number in range(12))), "at most"),
        ({"parties-TOTAL_FORMS": "x"}, "An agreement has at least two parties."),
    ],
)
def test_each_wrong_form_is_told_what_is_wrong(boris_at, meeting, filled, wrong, says):
    before = everything()
    given = with_parties(filled) if "parties-TOTAL_FORMS" in wrong else filled
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", given | wrong)
    if not says:
        assert answer.status_code in {302, 400}
        return
    assert answer.status_code == 400
    assert says in answer.text.replace("&#x27;", "'")
    assert everything() == before
    assert "To put right" in answer.text


def test_a_file_that_is_no_pdf_is_refused_and_a_pdf_is_kept_for_the_parties(boris_at, anna_at, meeting, filled, pdf):
    bad = SimpleUploadedFile("contract.pdf", b"MZ not a pdf", content_type="application/pdf")
    before = everything()
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled | {"document": bad})
    assert answer.status_code == 400
    assert everything() == before
    boris_at.post(f"{NEW}?meeting={meeting.pk}", filled | {"document": pdf()})
    made = Agreement.objects.get()
    assert len(made.document_sha256) == 64
    file = boris_at.get(f"{address(made)}document.pdf")
    assert b"".join(file.streaming_content).startswith(b"%PDF")
    assert (file.headers["Content-Security-Policy"], file.headers["Cache-Control"]) == ("default-src 'none'; sandbox", "private, no-store")
    assert anna_at.get(f"{address(made)}document.pdf").status_code == 404, "it is a draft"


def test_who_blocked_or_left_is_named_to_nobody(stage, boris_at, meeting, filled, aurora, borealis):  # noqa: F811
    before = everything()
    block = Block.objects.create(company=aurora, blocked=borealis, set_by=stage.anna)
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled)
    assert answer.status_code in {400, 409}
    assert "takes no part in this edition at present" in answer.text
    block.delete()
    Registration.objects.filter(company=aurora).update(status="withdrawn")
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled)
    assert answer.status_code in {400, 409}
    assert "at present" in answer.text
    assert everything() == before


def test_two_tabs_do_not_overwrite_each_other(boris_at, draft, filled):
    page = boris_at.get(address(draft, "edit"))
    seen = page.context["form"]["seen"].value()
    assert boris_at.post(address(draft, "edit"), filled | {"title": "From the first tab", "seen": seen}).status_code == 302
    answer = boris_at.post(address(draft, "edit"), filled | {"title": "From the second tab", "seen": seen})
    assert answer.status_code == 409
    assert "Somebody else changed this draft meanwhile." in answer.text
    assert boris_at.post(address(draft, "submit"), {"seen": seen}).status_code == 409
    draft.refresh_from_db()
    assert (draft.title, draft.status) == ("From the first tab", "draft")


def test_a_double_click_makes_one_draft_and_sends_it_once(boris_at, meeting, filled):
    first = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled)
    again = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled)
    assert first.headers["Location"] == again.headers["Location"]
    made = Agreement.objects.get()
    assert [boris_at.post(address(made, "submit")).status_code for _click in range(2)] == [302, 409]
    assert Confirmation.objects.count() == 1


def test_one_like_it_is_pointed_out_once(stage, boris_at, meeting, draft, filled):  # noqa: F811
    before = everything()
    other = filled | {"title": "Another order", "amount": "5"}
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", other)
    assert answer.status_code == 409
    assert "One like it is written down already" in answer.text
    assert everything() == before
    assert boris_at.post(f"{NEW}?meeting={meeting.pk}", other | {"another": "yes"}).status_code == 302
    second = Agreement.objects.get(title="Another order")
    assert "One like it is written down already" not in boris_at.get(address(second)).text, "it was said that it is another one"
    third = actions.draft_for(second.drafted_for, by=stage.boris, given=actions.as_written(second), is_another=True)
    assert "One like it is written down already" in boris_at.get(address(second)).text, "this one was not there yet"
    assert boris_at.post(address(second, "submit")).status_code == 409
    assert boris_at.post(address(second, "submit"), {"another": "yes"}).status_code == 302
    boris_at.post(address(second, "take-back"))
    assert boris_at.post(address(second, "submit")).status_code == 302
    assert boris_at.post(address(third, "submit")).status_code == 302


def test_one_more_party_is_asked_for_without_storing_anything(boris_at, meeting, filled, aurora):
    before = everything()
    typed = filled | rows({"key": aurora.pk, "role": "customer"}, {"name": "Delta Foundry", "country": "FR", "role": "other"})
    page = boris_at.post(f"{NEW}?meeting={meeting.pk}", typed | {"more": "yes", "amount": "12"})
    assert page.status_code == 200
    assert [row["name"].value() or "" for row in page.context["rows"]] == ["", "Delta Foundry", ""]
    assert page.context["form"]["amount"].value() == "12"
    assert page.context["form"].errors == {}
    assert everything() == before


def test_a_company_that_takes_part_is_found_by_name_and_an_outside_one_is_named(stage, boris_at, filled, chain):  # noqa: F811
    other = stage.another("buyer")
    given = with_parties(filled, {"name": other.company.name.upper()}, {"name": "Delta Foundry", "country": "FR", "role": "supplier"})
    assert boris_at.post(NEW, given).status_code == 302
    made = Agreement.objects.get()
    found = [(party.company, party.outside_name, str(party.country.code or "")) for party in made.parties.all()]
    assert found == [(stage.exhibitor.company, "", ""), (other.company, "", ""), (None, "Delta Foundry", "FR")]


def test_a_name_that_two_companies_have_asks_for_the_country(stage, boris_at, filled):  # noqa: F811
    for country in ("FR", "IT"):
        company = builders.company("Twin Works", slug=f"twin-{country}", country=country)
        builders.registration(company, stage.setup.edition)
    answer = boris_at.post(NEW, with_parties(filled, {"name": "Twin Works"}))
    assert answer.status_code == 400
    assert "Several companies of this name take part." in answer.text
    assert boris_at.post(NEW, with_parties(filled, {"name": "Twin Works", "country": "IT"})).status_code == 302


def test_who_stands_for_nobody_writes_nothing_down(client_of, meeting):
    nobody = client_of(builders.person())
    assert nobody.get(NEW).status_code == 404
    assert nobody.get(f"{NEW}?company=1").status_code == 404
    assert nobody.get("/desk/agreements/").status_code == 200


def test_who_brought_them_together_is_credited_when_each_says_yes(boris_at, anna_at, client_of, sent):
    anna = sent.parties.get(company__name="Aurora Motors")
    anna_at.post(address(sent, "confirm"), {"party": anna.pk, "version": sent.version})
    assert boris_at.post(address(sent, "introduce"), {"company": "No such company"}).status_code == 400
    assert boris_at.post(address(sent, "introduce"), {"company": "comet works", "note": "At their stand"}).status_code == 302
    page = anna_at.get(address(sent)).text
    assert "Did Comet Works bring you together?" in page
    assert "It counts when every registered party has said yes." in page
    assert boris_at.post(address(sent, "introduce"), {"company": "Aurora Motors"}).status_code == 409
    assert anna_at.post(address(sent, "consent"), {"party": anna.pk, "answer": "perhaps"}).status_code == 400
    assert anna_at.post(address(sent, "consent"), {"party": anna.pk, "answer": "yes"}).status_code == 302
    assert "Every party has said yes: the credit counts." in anna_at.get(address(sent)).text
    assert boris_at.post(address(sent, "end-introduction")).status_code == 302
    assert "the credit counts" not in anna_at.get(address(sent)).text


def test_the_list_narrows_and_goes_out_as_a_spreadsheet(boris_at, sent):
    assert "LFP cells" in boris_at.get("/desk/agreements/?show=sent").text
    assert "No agreement of yours is in this state." in boris_at.get("/desk/agreements/?show=void").text
    assert boris_at.get("/desk/agreements/?show=nothing").status_code == 404
    assert boris_at.get("/desk/agreements/?page=2").status_code == 404
    text = b"".join(boris_at.get("/lists/my-agreements.csv?show=sent").streaming_content).decode()
    assert "LFP cells" in text
    assert "Borealis Cells; Aurora Motors" in text
    assert "LFP cells" not in b"".join(boris_at.get("/lists/my-agreements.csv?show=void").streaming_content).decode()


def test_the_pages_take_the_same_queries_for_one_row_and_three(boris_at, anna_at, sent, chain, aurora, borealis, count_queries):
    def counts():
        lists = [count_queries(lambda path=path: boris_at.get(path)) for path in ("/desk/agreements/", address(sent))]
        return [*lists, count_queries(lambda: anna_at.get("/desk/"))]

    boris_at.get("/desk/agreements/")
    one = counts()
    for number in range(2):
        made = builders.agreement(sent.edition, chain, borealis, aurora, status="submitted", number=None, amount_cny=None)
        assert made.pk, number
        Party.objects.create(
            agreement=sent, outside_name=f"Outside {number}", outside_key=f"FR:outside {number}", country="FR", order=5 + number
        )
    assert counts() == one


def test_the_organiser_without_a_company_has_no_such_desk(client_of, organiser, sent):
    assert client_of(organiser).get(address(sent)).status_code == 404


def test_a_correction_of_the_organiser_is_asked_again_with_what_changed(boris_at, anna_at, organiser, sent):
    anna = sent.parties.get(company__name="Aurora Motors")
    anna_at.post(address(sent, "confirm"), {"party": anna.pk, "version": sent.version})
    sent.refresh_from_db()
    given = actions.as_written(sent)
    corrected = actions.AgreementInput(**{**vars(given), "amount": given.amount + 1})
    actions.correct(sent, by=organiser, given=corrected, reason="A slip of the pen")
    page = anna_at.get(address(sent)).text
    assert "Yes, confirm it" in page
    assert "A slip of the pen" in page
    assert "What changed" in page


@pytest.fixture
def with_outsider(boris_at, meeting, filled, aurora):
    """What Boris sent to Anna and to Delta Foundry, which takes no part and has a link."""
    three = with_parties(filled, {"key": aurora.pk, "role": "customer"}, {"name": "Delta Foundry", "country": "FR"})
    assert boris_at.post(f"{NEW}?meeting={meeting.pk}", three).status_code == 302
    made = Agreement.objects.get()
    outside = made.parties.get(company=None)
    assert boris_at.post(address(made, "submit"), {f"email-{outside.pk}": "dora@delta.example"}).status_code == 302
    made.refresh_from_db()
    return made


def confirmed_by(client, agreement, name):
    given = {"party": agreement.parties.get(company__name=name).pk, "version": agreement.version}
    return client.post(address(agreement, "confirm"), given, follow=True)


def test_what_an_outside_party_has_not_confirmed_is_said_in_plain_words(boris_at, anna_at, with_outsider):
    assert "Waits for the answer of Aurora Motors." in boris_at.get(address(with_outsider)).text
    answer = confirmed_by(anna_at, with_outsider, "Aurora Motors")
    assert "Confirmed by all registered parties: it is on record as 2027-0001." in answer.text
    page = boris_at.get(address(with_outsider)).text
    assert "every registered party has confirmed it." in page
    assert "Not confirmed yet by Delta Foundry, from outside the expo." in page
    assert "not confirmed from outside the expo" in boris_at.get("/desk/agreements/").text
    Confirmation.objects.create(
        agreement=with_outsider,
        party=with_outsider.parties.get(company=None),
        party_name="Delta Foundry",
        version=1,
        answer="confirmed",
        way="link",
    )
    for path in (address(with_outsider), "/desk/agreements/"):
        assert "from outside the expo" not in boris_at.get(path).text


def test_of_one_registered_and_one_outside_party_the_outside_one_is_waited_for(boris_at, filled):
    assert boris_at.post(NEW, with_parties(filled, {"name": "Delta Foundry", "country": "FR"})).status_code == 302
    made = Agreement.objects.get()
    boris_at.post(address(made, "submit"))
    assert "Waits for the answer of Delta Foundry." in boris_at.get(address(made)).text


def test_a_refusal_is_said_once(anna_at, sent):
    answer = anna_at.post(address(sent, "dispute"), {"party": sent.parties.get(company__name="Aurora Motors").pk, "version": 1})
    assert answer.text.count("Say what is not right, so that it can be corrected.") == 1


def test_what_was_typed_stands_there_still_when_sending_is_refused(boris_at, meeting, filled, aurora):
    three = with_parties(filled, {"key": aurora.pk, "role": "customer"}, {"name": "Delta Foundry", "country": "FR"})
    boris_at.post(f"{NEW}?meeting={meeting.pk}", three)
    made = Agreement.objects.get()
    outside = made.parties.get(company=None)
    answer = boris_at.post(address(made, "submit"), {f"email-{outside.pk}": "dora at delta"})
    assert "“dora at delta” is not an e-mail address of Delta Foundry." in answer.text
    assert 'value="dora at delta"' in answer.text


def test_meeting_and_agreement_lead_to_each_other(stage, boris_at, anna_at, meeting, draft):  # noqa: F811
    there = f"/meetings/{meeting.pk}/"
    assert f'href="{address(draft)}"' in boris_at.get(there).text
    assert f'href="{there}"' in boris_at.get(address(draft)).text
    assert address(draft) not in anna_at.get(there).text, "a draft is its writer's own"
    boris_at.post(address(draft, "submit"))
    page = anna_at.get(there).text
    assert f'href="{address(draft)}"' in page
    assert "Write down another one" in page


def test_a_long_list_is_searched_by_title_number_and_party(boris_at, sent, chain, borealis):
    assert 'role="search"' not in boris_at.get("/desk/agreements/").text.partition("<main")[2]
    for number in range(1, 13):
        other = builders.company(f"Works {number}")
        builders.agreement(sent.edition, chain, borealis, other, title=f"Order of {number} t", number=number)
    assert 'role="search"' in boris_at.get("/desk/agreements/").text.partition("<main")[2]
    for words, found in (("Order of 11", [11]), ("works 12", [12]), ("2027-0003", [3]), ("7", [7]), ("nothing of it", []), ("2027-x", [])):
        page = boris_at.get("/desk/agreements/", {"q": words})
        assert [line.agreement.number for line in page.context["page"].object_list] == found, words
    assert (
        "No agreement of yours has “nothing of it” in title, number or parties." in boris_at.get("/desk/agreements/?q=nothing+of+it").text
    )
    rows = b"".join(boris_at.get("/lists/my-agreements.csv?q=works+12").streaming_content).decode()
    assert ("Order of 12 t" in rows, "Order of 11 t" in rows) == (True, False)
    assert "LFP cells" not in boris_at.get("/desk/agreements/?q=works").text
