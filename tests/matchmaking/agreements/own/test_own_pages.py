"""Agreements on a company's own desk: from a meeting to a draft: from a meeting to a draft, sent, answered, and read by nobody else."""

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement, Confirmation, Party
from tests import builders
from tests.matchmaking.agreements.own.sheets import NEW, address, everything, with_parties
from tests.matchmaking.meetings.stage import begin_in


def test_the_page_of_a_meeting_leads_to_the_sheet_once_it_has_begun(stage, offer, boris_at):
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


def test_two_taps_make_a_draft_that_the_other_side_does_not_see(stage, boris_at, anna_at, meeting, draft, offer):
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
def test_to_carla_no_step_exists(stage, client_of, sent, verb):
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


def test_to_carla_no_page_exists(stage, client_of, meeting, sent, filled):
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


def test_meeting_and_agreement_lead_to_each_other(stage, boris_at, anna_at, meeting, draft):
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
