"""The pages on which the organiser sets the ground: for who may set up, and for nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from matchmaking.meetings import actions
from matchmaking.meetings.models import Interpreter, MeetingSetup, Place, RoleRight, Slot
from tests import builders
from tests.matchmaking.meetings.booked import place_of
from tests.matchmaking.meetings.stage import everything

ROOT = "/organiser/meetings/"
RULES = f"{ROOT}set-up/"
SLOTS, LAY, TABLES, PLACES, SIGNS, RIGHTS = (f"{RULES}{name}/" for name in ("slots", "slots/lay", "tables", "places", "signs", "rights"))
POOL = f"{ROOT}interpreters/"
PAGES = (RULES, SLOTS, LAY, TABLES, PLACES, SIGNS, RIGHTS, POOL)
AS_SENT = {
    "approval": "approve",
    "scheduling": "participants",
    "slot_minutes": 20,
    "open_requests": 7,
    "most_moves": 2,
    "free_slots_a_day": 1,
    "minimum_meetings": 3,
    "opens_at": "",
    "closes_at": "",
}


@pytest.fixture
def olga_at(client_of, stage):
    return client_of(stage.organiser)


def text(answer):
    return answer.content.decode()


def test_nobody_else_finds_these_pages(stage, client_of):
    ida = Interpreter.objects.create(edition=stage.setup.edition, name="Ida", languages=["en", "zh"])
    slot = stage.slots[0]
    pages = [*PAGES, f"{SLOTS}{slot.pk}/", f"{POOL}{ida.pk}/", f"{POOL}{ida.pk}/absences/", f"{POOL}{ida.pk}/meetings.ics"]
    before = everything()
    for person in (stage.carla, stage.anna):
        for page in pages:
            assert client_of(person).get(page).status_code == 404
            assert client_of(person).post(page, AS_SENT).status_code in {404, 405}
        for verb in ("remove", "restore"):
            assert client_of(person).post(f"{SLOTS}{slot.pk}/{verb}/").status_code == 404
    assert everything() == before


def test_every_page_opens_and_the_queries_stay_as_many(stage, olga_at, hall, count_queries):
    Interpreter.objects.create(edition=stage.setup.edition, name="Ida", languages=["en", "zh"])
    actions.open_booths(stage.setup.edition, by=stage.organiser)
    for page in PAGES:
        assert olga_at.get(page).status_code == 200
    counted = [count_queries(lambda page=page: olga_at.get(page)) for page in PAGES]
    for number in range(3):
        builders.hall(stage.setup.edition, code=f"H{number}")
        actions.add_tables(hall, by=stage.organiser, count=2)
        Interpreter.objects.create(edition=stage.setup.edition, name=f"Ida {number}", languages=["en", "zh"])
        other = stage.another("exhibitor", booth=builders.booth(hall, code=f"N1 {number + 10}", status="assigned"))
        actions.ask(other, stage.buyer, by=stage.organiser, slot=stage.slots[number], needs_interpreter=True)
    actions.open_booths(stage.setup.edition, by=stage.organiser)
    again = [count_queries(lambda page=page: olga_at.get(page)) for page in PAGES]
    assert [late - early for early, late in zip(counted, again, strict=True)][:-1] == [0, 0, 0, 0, 0, 0, 0]
    assert again[-1] - counted[-1] <= 1  # Who speaks what, once anything waits.
    assert max(again) <= 22


def test_the_first_page_makes_the_set_up(edition, organiser, client_of):
    olga_at = client_of(organiser)
    assert f'href="{RULES}"' in text(olga_at.get(ROOT))
    page = text(olga_at.get(RULES))
    assert "No meetings are set up yet." in page
    assert RIGHTS not in page
    answer = olga_at.post(RULES, AS_SENT)
    assert (answer.status_code, answer["Location"]) == (302, LAY)
    setup = MeetingSetup.objects.get(edition=edition)
    assert (setup.slot_minutes, setup.open_requests, setup.rights.count()) == (20, 7, 2)


def test_without_an_edition_there_is_nothing_to_set_up(organiser, client_of, db):
    assert "No meetings are set up yet" in text(client_of(organiser).get(RULES))
    assert client_of(organiser).post(RULES, AS_SENT).status_code == 200
    assert not MeetingSetup.objects.exists()


def test_the_window_is_on_the_expos_clocks_and_walks_are_a_table(stage, olga_at):
    builders.hall(stage.setup.edition, code="N2", x=600)
    assert olga_at.post(RULES, AS_SENT | {"opens_at": "2030-01-02T09:00", "walk_0": "9"}).status_code == 302
    stage.setup.refresh_from_db()
    assert stage.setup.opens_at.isoformat() == "2030-01-02T01:00:00+00:00"
    assert stage.setup.walking_minutes == {"N1|N2": 9}
    page = text(olga_at.get(RULES))
    assert 'value="2030-01-02T09:00"' in page
    assert "The longest walk is 9 minutes, between N1 and N2." in page
    assert olga_at.post(RULES, AS_SENT | {"walk_0": ""}).status_code == 302
    stage.setup.refresh_from_db()
    assert (stage.setup.opens_at, stage.setup.walking_minutes) == (None, {})


def test_thirty_minutes_are_suggested_where_the_walk_is_long(stage, olga_at):
    builders.hall(stage.setup.edition, code="N2", x=2000)
    assert "30 minutes are suggested" in text(olga_at.get(RULES))


@pytest.mark.parametrize(
    "wrong",
    [
        {"slot_minutes": 25},
        {"open_requests": -1},
        {"open_requests": ""},
        {"approval": "perhaps"},
        {"opens_at": "soon"},
        {"opens_at": "2030-01-02T24:00"},
        {"opens_at": "2030-01-02T09:00", "closes_at": "2030-01-01T09:00"},
    ],
)
def test_rules_that_make_no_sense_are_said_beside_their_fields(stage, olga_at, wrong):
    before = everything()
    answer = olga_at.post(RULES, AS_SENT | wrong)
    assert answer.status_code == 400
    assert "to put right" in text(answer)
    assert "Constraint" not in text(answer)
    assert everything() == before


def lay(stage, **more):
    day = str(stage.setup.edition.starts_on)
    return {"days": [day], "begins": "09:00", "ends": "17:00", "minutes": "30", "break_1_begins": "12:00", "break_1_ends": "13:00"} | more


def test_a_day_is_looked_at_before_it_is_written(stage, olga_at):
    Slot.objects.update(removed_at=timezone.now())
    before = everything()
    page = text(olga_at.get(LAY, lay(stage)))
    assert "This would stand there" in page
    assert "14 times to meet" in page
    assert everything() == before
    assert olga_at.post(LAY, lay(stage)).status_code == 302
    assert Slot.objects.standing().count() == 15


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ends": "24:00"}, "Give an hour from 00:00 to 23:59."),
        ({"ends": "08:00"}, "It ends after it begins."),
        ({"minutes": "0"}, "greater than or equal to 5"),
        ({"break_1_ends": ""}, "A break has a begin and an end."),
        ({"break_2_begins": "12:30", "break_2_ends": "14:00"}, "Break 2 overlaps break 1."),
        ({"days": ["2001-01-01"]}, "Not a day of the expo: 2001-01-01."),
        ({"days": []}, "Choose at least one day."),
        ({}, "09:00–09:30 overlaps 09:00–09:30, which stands there."),
    ],
)
def test_what_is_wrong_with_a_day_names_the_row(stage, olga_at, wrong, said):
    before = everything()
    looked, written = olga_at.get(LAY, lay(stage, **wrong)), olga_at.post(LAY, lay(stage, **wrong))
    assert (looked.status_code, written.status_code) == (200, 400)
    assert said in text(looked)
    assert said in text(written)
    assert everything() == before


def test_one_time_is_added_changed_taken_out_and_put_back(stage, olga_at):
    day = str(stage.slots[0].day)
    new = {"day": day, "begins": "13:00", "ends": "13:20", "kind": "meeting", "title": ""}
    assert olga_at.post(SLOTS, new).status_code == 302
    slot = Slot.objects.order_by("-pk")[0]
    address = f"{SLOTS}{slot.pk}/"
    assert 'value="13:00"' in text(olga_at.get(address))
    assert olga_at.post(address, new | {"kind": "break", "title": "Coffee"}).status_code == 302
    assert Slot.objects.get(pk=slot.pk).title == "Coffee"
    assert olga_at.post(f"{address}remove/").status_code == 302
    assert olga_at.get(address).status_code == 404
    assert f'action="{address}restore/"' in text(olga_at.get(SLOTS))
    assert olga_at.post(f"{address}restore/").status_code == 302
    assert Slot.objects.standing().filter(pk=slot.pk).exists()
    answer = olga_at.post(SLOTS, new)
    assert answer.status_code == 400
    assert "13:00–13:20 overlaps 13:00–13:20, which stands there." in text(answer)


def test_a_time_in_use_leads_to_where_it_is_changed(stage, olga_at):
    slot = stage.met(stage.slots[0]).slot
    page = text(olga_at.get(f"{SLOTS}{slot.pk}/"))
    assert "1 meeting is at this time." in page
    assert f"{ROOT}changes/new/remove_slot/?slot={slot.pk}" in page
    before = everything()
    page = text(olga_at.post(f"{SLOTS}{slot.pk}/remove/", follow=True))
    assert "Somebody meets or is asked at one of these times." in page
    assert everything() == before


def test_the_number_of_tables_shows_its_sum(stage, olga_at):
    page = text(olga_at.get(TABLES, {"expected": "1000"}))
    assert "÷ 10" in page
    assert "<b>115</b>" in page
    assert "114 tables more are to be put up." in page
    assert olga_at.get(TABLES, {"expected": "-1"}).status_code == 200


def test_meetings_at_booths_need_no_table(stage, olga_at):
    stage.met(stage.slots[0])
    actions.ask(stage.another("exhibitor"), stage.buyer, by=stage.organiser)
    actions.ask(stage.another("exhibitor", attendance="online"), stage.buyer, by=stage.organiser)
    tables = olga_at.get(TABLES).context["tables"]
    assert (tables.agreed, tables.asked, tables.at_booths, tables.times, tables.there) == (0, 1, 2, 10, 1)


def test_tables_are_put_up_and_their_signs_printed_on_one_job(stage, olga_at, hall):
    assert olga_at.post(TABLES, {"hall": hall.pk, "count": 3}).status_code == 302
    page = text(olga_at.get(SIGNS, {"hall": "N1", "kind": "table"}))
    assert page.count('<li class="sign">') == 4
    assert all(place.key in page for place in Place.objects.tables())
    other = builders.hall(builders.edition(slug="other"), code="X1")
    for wrong in ({"hall": hall.pk, "count": 501}, {"hall": hall.pk, "count": "x"}, {"hall": other.pk, "count": 1}, {}):
        assert olga_at.post(TABLES, wrong).status_code == 400
    assert Place.objects.tables().count() == 4


def test_places_are_listed_by_kind_and_hall(stage, olga_at):
    assert olga_at.post(PLACES).status_code == 302
    place = Place.objects.get(kind="booth")
    page = text(olga_at.get(PLACES))
    assert "Borealis Cells" in page
    assert f"/changes/new/close_place/?place={place.pk}" in page
    table = Place.objects.tables().get()
    page = text(olga_at.get(PLACES, {"kind": "table", "hall": "N1"}))
    assert f"/changes/new/close_place/?place={table.pk}" in page
    assert "Borealis Cells" not in page
    assert olga_at.get(PLACES, {"kind": "sofa"}).status_code == 400


def test_a_booth_that_its_exhibitor_has_left_is_no_place_to_list_nor_has_a_sign(stage, olga_at, hall):
    old = place_of(stage.exhibitor)
    stage.exhibitor.booth = builders.booth(hall, code="N1 9", status="assigned")
    stage.exhibitor.save()
    new = place_of(stage.exhibitor)
    assert [one.pk for one in olga_at.get(PLACES).context["page"]] == [new.pk]
    signs = text(olga_at.get(SIGNS, {"kind": "booth"}))
    assert (new.key in signs, old.key in signs) == (True, False)


def test_the_matrix_is_switched(stage, olga_at):
    on = {"see-buyer-exhibitor": "on", "ask-buyer-exhibitor": "on", "see-exhibitor-buyer": "on"}
    assert olga_at.post(RIGHTS, on).status_code == 302
    found = {(cell.asking, cell.asked): (cell.may_see, cell.may_ask) for cell in RoleRight.objects.all()}
    assert found["exhibitor", "buyer"] == (True, False)
    assert found["buyer", "exhibitor"] == (True, True)
    assert found["buyer", "buyer"] == (False, False)
    answer = olga_at.post(RIGHTS, {"ask-buyer-buyer": "on"})
    assert answer.status_code == 400
    assert "Buyer → buyer" in text(answer) or "buyer → buyer: who may ask also sees." in text(answer)


def test_the_pool_grows_and_its_people_are_away(stage, olga_at):
    sent = {"name": "Ines", "email": "", "languages": ["de", "zh"]}
    assert olga_at.post(POOL, sent).status_code == 302
    ines = Interpreter.objects.get()
    assert olga_at.post(POOL, sent | {"languages": ["de"]}).status_code == 400
    assert olga_at.post(POOL, sent | {"email": "nobody@example.com"}).status_code == 400
    address = f"{POOL}{ines.pk}/"
    assert (
        olga_at.post(address, {"name": "", "email": "carla@example.com", "languages": ["de", "zh"], "is_active": "on"}).status_code == 302
    )
    ines.refresh_from_db()
    assert ines.person == stage.carla
    assert olga_at.post(f"{address}absences/", {"slots": [stage.slots[0].pk]}).status_code == 302
    assert list(ines.absences.values_list("slot", flat=True)) == [stage.slots[0].pk]
    assert olga_at.post(f"{address}absences/", {"slots": ["x"]}).status_code == 400
    assert text(olga_at.get(f"{address}absences/")).count(" checked>") == 1


def test_an_interpreters_schedule_is_shown_and_is_a_calendar(stage, olga_at):
    for person, code in ((stage.anna, "de"), (stage.boris, "zh")):
        person.speaks = [code]
        person.save()
    request = stage.asked(needs_interpreter=True)
    assert "Nobody of the pool knows both." in text(olga_at.get(POOL))
    ines = actions.add_interpreter(stage.setup.edition, by=stage.organiser, name="Ines", languages=["de", "zh"])
    meeting = actions.accept(request, by=stage.anna)
    page = text(olga_at.get(f"{POOL}{ines.pk}/"))
    assert "Aurora Motors" in page
    assert f"{ROOT}changes/new/interpreter_away/?interpreter={ines.pk}" in page
    file = olga_at.get(f"{POOL}{ines.pk}/meetings.ics")
    assert file["Content-Type"].startswith("text/calendar")
    assert str(meeting.uid) in text(file)
    answer = olga_at.post(f"{POOL}{ines.pk}/absences/", {"slots": [meeting.slot_id]})
    assert answer.status_code == 400
    assert "This interpreter has meetings then." in text(answer)


def test_before_the_window_opens_everybody_reads_when_it_does(stage, client_of):
    opens = timezone.now() + timedelta(days=2)
    actions.set_up_meetings(stage.setup.edition, by=stage.organiser, opens_at=opens)
    stage.setup.refresh_from_db()
    anna_at, company = client_of(stage.anna), stage.exhibitor.company.slug
    words = f"Booking opens on {stage.setup.opens_later}"
    assert words in text(anna_at.get("/meetings/ask/", {"company": company}))
    assert words in text(anna_at.get(f"/companies/{company}/"))
    MeetingSetup.objects.update(opens_at=None)
    assert "Booking opens on" not in text(anna_at.get(f"/companies/{company}/"))


def test_the_admin_is_no_way_round(stage, olga_at):
    ida = Interpreter.objects.create(edition=stage.setup.edition, name="Ida", languages=["en", "zh"])
    before = everything()
    for model, pk in (("meetingsetup", stage.setup.pk), ("interpreter", ida.pk), ("slot", stage.slots[0].pk)):
        assert olga_at.get(f"/admin/meetings/{model}/{pk}/change/").status_code == 200
        for verb in ("change", "delete"):
            assert olga_at.post(f"/admin/meetings/{model}/{pk}/{verb}/", {"slot_minutes": 15, "name": "X"}).status_code == 403
        assert olga_at.post(f"/admin/meetings/{model}/add/", {}).status_code == 403
    assert everything() == before
