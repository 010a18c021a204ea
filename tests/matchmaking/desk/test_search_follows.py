"""Every action of every room is done once, and afterwards the index equals one made anew. An action that is not named here fails."""

import importlib
import inspect
import pkgutil
from datetime import timedelta

import pytest
from django.utils import timezone

import expo
import matchmaking
from expo.editions.actions import make_current
from expo.foundation.search import index
from expo.foundation.search.register import DESCRIBERS, REACHES
from expo.programme import actions as programme
from expo.venue.actions import save_booth
from expo.venue.models import Booth
from matchmaking.marketplace import actions as market
from matchmaking.marketplace.actions.bulk import Stated, store_postings
from matchmaking.marketplace.models import Certificate, Offer
from matchmaking.participants import actions as people
from matchmaking.participants.actions.registrations import arrange_registration, close_company, set_reference
from tests import builders

# What they write is searched by nobody: accounts and their keys, members, blocks, consents, entered figures, copies of own data, uploads.
NOT_SEARCHED = {
    "edit_profile", "make_key", "revoke_key", "forget_ended_keys", "end_keys_after_restore", "stop_match_mail",
    "choose_notices", "read_notices", "stop_gathered_mail",
    "ask_to_join", "answer_join", "make_owner", "end_membership", "revoke_consent", "block_company", "unblock_company",
    "enter_statistic", "correct_statistic", "end_statistic",
    "upload_sheet", "confirm_sheet", "discard_sheet", "check_sheet", "store_sheet", "sweep_sheets", "note_export", "running_of",
}  # fmt: skip
# No row of these rooms is searched, or spoken of by one that is.
NOT_SEARCHED_ROOMS = ("matchmaking.matching.", "matchmaking.meetings.", "matchmaking.agreements.")
# No verbs: they are called by the actions beside them, which log.
HELPERS = {
    "identify",
    "free_slug",
    "hand_in",
    "set_field",
    "faults_of",
    "named",
    "drop_file",
    "changed_verb",
    "overwrite",
    "forget_lost_files",
    "forget_old",
    "as_measured",
    "check_value",
}


class Expo:
    """What the scenarios start from."""

    def __init__(self, exhibitor, buyer, boris, anna, organiser, carla, segment, forum):
        self.exhibitor, self.buyer, self.boris, self.anna, self.organiser, self.carla = exhibitor, buyer, boris, anna, organiser, carla
        self.edition, self.segment, self.forum = exhibitor.edition, segment, forum
        self.chains = list(exhibitor.chains.all())

    def draft(self):
        fields = {"segment": self.segment, "title": "Busbars", "title_other": "铜排", "unit": "pc", "hs_code": "854449"}
        held = [market.HeldCertificate("UL 94")]
        return market.save_offer(None, by=self.boris, registration=self.exhibitor, fields=fields, certificates=held)

    def submitted(self):
        return market.submit_posting(self.draft(), by=self.boris)

    def published(self):
        return market.publish_posting(self.submitted(), by=self.organiser)

    def started(self):
        return people.start_registration(self.buyer.company, self.edition, "exhibitor", by=self.anna)

    def saved(self, **fields):
        fields = {"chains": self.chains, "main_segment": self.segment, "attendance": "on_site", "parallel_meetings": 1, **fields}
        return people.save_participation(self.started(), by=self.anna, **fields)

    def handed_in(self):
        return people.submit_registration(self.saved(), by=self.anna)

    def booth(self):
        return builders.booth(builders.hall(self.edition), code="W1-C02")

    def taken_booth(self):
        people.move_booth(self.exhibitor, self.booth(), by=self.organiser)
        return Booth.objects.get()

    def run_out(self):
        posting = self.published()
        Offer.objects.filter(pk=posting.pk).update(valid_until=timezone.localdate() + timedelta(days=2))
        return posting


def request_of(at):
    fields = {"segment": at.segment, "title": "Cells wanted", "unit": "pc", "visibility": "name_hidden"}
    return market.save_request(None, by=at.anna, registration=at.buyer, fields=fields, certificates=["CE"])


def store_two(at):
    draft = at.draft()
    rows = [
        Stated(pk=None, fields={"segment": at.segment.pk, "title": "Fuses", "unit": "pc"}, certificates={"CE": None}, submit=True),
        Stated(pk=draft.pk, fields={"title": "Contactors"}, changed_at=draft.changed_at.isoformat()),
    ]
    store_postings(Offer, rows, by=at.boris, registration=at.exhibitor)


DONE = {
    "make_current": lambda at: make_current(builders.edition(), by=at.organiser),
    "reserve_seat": lambda at: programme.reserve_seat(at.forum, by=at.carla),
    "give_back_seat": lambda at: (programme.reserve_seat(at.forum, by=at.carla), programme.give_back_seat(at.forum, by=at.carla)),
    "save_forum": lambda at: programme.save_forum(at.forum, by=at.organiser, edition=at.edition, fields={"title_en": "Closing"}),
    "save_booth": lambda at: save_booth(at.taken_booth(), by=at.organiser, edition=at.edition, fields={"code": "W1-C09"}),
    "found_company": lambda at: people.found_company(by=at.carla, name="Comet Foils", name_zh="彗星箔", country="KR"),
    "add_company": lambda at: people.add_company(by=at.organiser, name="Comet Foils", country="KR", is_demo=True),
    "edit_company": lambda at: (at.published(), people.edit_company(at.exhibitor.company, by=at.organiser, name="Zephyr", about_en="Foils")),
    "set_logo": lambda at: people.set_logo(at.exhibitor.company, by=at.boris, upload=None),
    "start_registration": lambda at: at.started(),
    "save_participation": lambda at: at.saved(booth=at.booth()),
    "set_reference": lambda at: set_reference(at.exhibitor, by=at.boris, external_id="A-1"),
    "submit_registration": lambda at: at.handed_in(),
    "verify_registration": lambda at: people.verify_registration(at.handed_in(), by=at.organiser),
    "reject_registration": lambda at: people.reject_registration(at.exhibitor, by=at.organiser, reason="No proof"),
    "withdraw_registration": lambda at: people.withdraw_registration(at.exhibitor, by=at.boris),
    "move_booth": lambda at: people.move_booth(at.exhibitor, at.booth(), by=at.organiser),
    "arrange_registration": lambda at: arrange_registration(at.exhibitor, by=at.organiser, parallel_meetings=2),
    "close_company": lambda at: (at.published(), close_company(at.exhibitor.company, by=at.boris)),
    "save_offer": lambda at: market.save_offer(at.published(), by=at.boris, registration=at.exhibitor, fields={"title": "Contactors"}),
    "save_request": request_of,
    "correct_posting": lambda at: market.correct_posting(at.published(), by=at.organiser, fields={"title": "Contactors"}),
    "respell_certificate": lambda at: (
        at.draft(), market.respell_certificate(Certificate.objects.get(), by=at.organiser, name="UL94"),
    ),
    "submit_posting": lambda at: at.submitted(),
    "publish_posting": lambda at: at.published(),
    "request_changes": lambda at: market.request_changes(at.published(), by=at.organiser, reason="Say more"),
    "pause_posting": lambda at: market.pause_posting(at.published(), by=at.boris),
    "resume_posting": lambda at: market.resume_posting(market.pause_posting(at.published(), by=at.boris), by=at.boris),
    "renew_posting": lambda at: market.renew_posting(at.published(), by=at.boris),
    "fulfil_posting": lambda at: market.fulfil_posting(at.published(), by=at.boris),
    "withdraw_posting": lambda at: market.withdraw_posting(at.published(), by=at.boris),
    "expire_postings": lambda at: (at.run_out(), market.expire_postings(timezone.localdate() + timedelta(days=3))),
    "remind_owners": lambda at: (at.run_out(), market.remind_owners(timezone.localdate())),
    "submit_postings": lambda at: market.submit_postings([at.draft()], by=at.boris),
    "withdraw_postings": lambda at: market.withdraw_postings([at.published(), at.draft()], by=at.boris),
    "store_postings": store_two,
}  # fmt: skip


@pytest.fixture
def at(exhibitor, buyer, boris, anna, organiser, carla, supplier_segment):
    forum = builders.forum(exhibitor.edition, title_en="Opening", capacity=5)
    builders.index_all()
    return Expo(exhibitor, buyer, boris, anna, organiser, carla, supplier_segment, forum)


@pytest.mark.parametrize("verb", DONE)
def test_the_index_follows_each_action(verb, at):
    DONE[verb](at)
    assert index.differences() == []


def actions():
    for wing in (expo, matchmaking):
        for found in pkgutil.walk_packages(wing.__path__, f"{wing.__name__}."):
            if "actions" in found.name.split(".") and not found.name.startswith(NOT_SEARCHED_ROOMS):
                module = importlib.import_module(found.name)
                yield from (
                    name
                    for name, one in vars(module).items()
                    if inspect.isfunction(one) and not name.startswith("_") and inspect.unwrap(one).__module__ == found.name
                )


def test_the_rooms_that_are_passed_over_have_nothing_that_is_searched():
    told = {describer.model for describer in DESCRIBERS.values() if describer.model} | set(REACHES)
    assert [model for model in told if model.__module__.startswith(NOT_SEARCHED_ROOMS)] == []
    assert Offer in told


def test_every_action_is_walked_or_writes_nothing_that_is_searched():
    assert set(actions()) - set(DONE) - NOT_SEARCHED - HELPERS == set()
    assert set(DONE) <= set(actions())
