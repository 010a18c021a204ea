"""Mails of new matches: at most one in 12 hours, nothing twice, nothing that was hidden; one click ends them."""

from datetime import timedelta
from urllib.parse import urlparse

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from expo.accounts.actions import MAILS_OF
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.outbox import send_waiting_messages
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching import tasks
from matchmaking.matching.actions import digests
from matchmaking.matching.actions.verdicts import give_verdict
from matchmaking.matching.models import Digest, Match, MatchRun, Verdict
from matchmaking.participants.models import Block, Member, Registration
from tests import builders


@pytest.fixture
def asked(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, title="Cells wanted")


@pytest.fixture
def offered(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, title="Blade cells", title_other="刀片电芯")


@pytest.fixture
def match(asked, offered):
    return builders.match(asked, offered, score="87.50")


def later(hours=13):
    """Let the hours pass for everybody."""
    for digest in Digest.objects.all():
        digest.sent_at = digest.sent_at and digest.sent_at - timedelta(hours=hours)
        digest.looked_at -= timedelta(hours=hours)
        digest.save()


def mails(person):
    return list(OutboxMessage.objects.filter(recipient=person, kind="match_digest").order_by("id"))


def test_each_side_is_told_once_with_score_and_link(match, asked, offered, anna, boris, carla):
    assert digests.send_digests() == 2
    (notice,) = mails(anna)
    assert notice.subject == "1 new match"
    assert "88  Blade cells" in notice.body
    assert "Borealis Cells · for “Cells wanted”" in notice.body
    assert f"/requests/{asked.pk}/matches/#m-{asked.pk}-{offered.pk}\n" in notice.body
    assert f"/offers/{offered.pk}/matches/#m-{asked.pk}-{offered.pk}\n" in mails(boris)[0].body
    assert mails(carla) == []
    assert Event.objects.filter(verb="send_digest").count() == 2


def test_run_twice_it_writes_once_and_nothing_is_told_again(match, anna):
    assert (digests.send_digests(), digests.send_digests()) == (2, 0)
    later()
    assert digests.send_digests() == 0
    assert len(mails(anna)) == 1


def test_a_new_run_with_the_same_pairs_tells_nothing_new(match, asked, offered, edition):
    digests.send_digests()
    MatchRun.objects.update(status="replaced")
    builders.match(asked, offered, run=builders.match_run(edition))
    later()
    assert digests.send_digests() == 0


def test_what_is_new_within_12_hours_waits_for_the_next_mail(match, asked, exhibitor, supplier_segment, anna):
    digests.send_digests()
    builders.match(asked, builders.offer(exhibitor, supplier_segment, title="Pouch cells"))
    later(hours=11)
    assert digests.send_digests() == 0
    later(hours=2)
    digests.send_digests()
    _first, second = mails(anna)
    assert "Pouch cells" in second.body
    assert "Blade cells" not in second.body


def test_who_had_nothing_new_is_told_within_the_hour_that_something_is(asked, offered, edition, anna):
    builders.match_run(edition)
    assert digests.send_digests() == 0
    builders.match(asked, offered)
    assert digests.people_due() == []
    later(hours=2)
    digests.send_digests()
    assert len(mails(anna)) == 1


def test_the_mail_lists_the_best_ten_and_counts_the_rest(asked, exhibitor, supplier_segment, anna):
    for number in range(12):
        offer = builders.offer(exhibitor, supplier_segment, title=f"Cell no. {number:02}")
        builders.match(asked, offer, score=f"{40 + number}.00", request_rank=1 + number % 10)
    digests.send_digests()
    (notice,) = mails(anna)
    assert notice.subject == "12 new matches"
    assert notice.body.count("Cell no.") == 10
    assert notice.body.index("Cell no. 11") < notice.body.index("Cell no. 02")
    assert "Cell no. 01" not in notice.body
    assert "And 2 more." in notice.body
    later()
    digests.send_digests()
    assert len(mails(anna)) == 1


def test_it_is_written_in_the_persons_language(match, anna, boris):
    boris.language = anna.language = "zh-hans"
    anna.save()
    digests.send_digests()
    (notice,) = mails(anna)
    assert "刀片电芯" in notice.body
    assert "北极光电芯" in notice.body
    assert "/zh/requests/" in notice.body
    assert "/zh/matches/mails/" in notice.stop_address


@pytest.mark.parametrize(("side", "says", "reason"), [("buyer", "not_for_us", "price"), ("buyer", "interested", "")])
def test_what_the_own_side_has_answered_is_not_told(side, says, reason, match, asked, offered, anna):
    give_verdict(asked, offered, side=side, says=says, reason=reason, by=anna)
    digests.send_digests()
    assert mails(anna) == []


def test_what_the_other_side_turned_down_is_not_told(match, asked, offered, anna, boris):
    give_verdict(asked, offered, side="supplier", says="not_for_us", reason="price", by=boris)
    digests.send_digests()
    assert mails(anna) == mails(boris) == []


def test_a_verdict_taken_back_hides_nothing(match, asked, offered, anna):
    Verdict.objects.create(request=asked, offer=offered, side="buyer", says="not_for_us", reason="price", undone_at=timezone.now())
    digests.send_digests()
    assert len(mails(anna)) == 1


@pytest.mark.parametrize("turned", [False, True])
def test_companies_of_which_one_blocks_the_other_are_not_told_of_each_other(turned, match, aurora, borealis):
    one, other = (borealis, aurora) if turned else (aurora, borealis)
    Block.objects.create(company=one, blocked=other)
    assert digests.send_digests() == 0


@pytest.mark.parametrize("model", [Offer, SourcingRequest])
def test_a_posting_off_the_market_is_not_told(model, match):
    model.objects.update(status="paused")
    assert digests.send_digests() == 0


def test_near_misses_invited_requests_and_other_lists_are_not_told(asked, offered, anna, boris):
    match = builders.match(asked, offered, near_rank=1)
    assert digests.send_digests() == 0
    later()
    Match.objects.filter(pk=match.pk).update(near_rank=None, offer_rank=3)
    assert digests.send_digests() == 1
    assert mails(anna) == []
    assert len(mails(boris)) == 1
    Digest.objects.all().delete()
    SourcingRequest.objects.update(visibility="invited")
    assert digests.send_digests() == 0


def test_a_buyer_that_hides_is_not_named(match, boris):
    SourcingRequest.objects.update(visibility="name_hidden")
    digests.send_digests()
    assert "Aurora" not in mails(boris)[0].body


def test_who_does_not_want_it_has_left_or_is_switched_off_gets_nothing(match, anna, boris):
    anna.wants_match_mail = False
    anna.save()
    Member.objects.filter(user=boris).update(status="left")
    assert digests.people_due() == []
    assert digests.send_digest(anna.pk) is False
    assert not OutboxMessage.objects.exists()


def test_a_company_that_no_longer_takes_part_is_not_mailed(match):
    Registration.objects.update(status="withdrawn")
    assert digests.people_due() == []


def test_the_switch_is_kept(anna, client_of):
    client = client_of(anna)
    kept = {name: getattr(anna, name) for name in MAILS_OF}
    assert 'name="mails_of_matches"' in client.get("/account/notices/").content.decode()
    client.post("/account/notices/", kept | {"mails_of_matches": "desk"})
    client.post("/account/", {"full_name": "Anna", "phone": "", "language": "en", "time_zone": "Asia/Shanghai"})
    anna.refresh_from_db()
    assert anna.wants_match_mail is False
    answer = client.patch("/api/v1/me/", {"wants_match_mail": True}, "application/json")
    assert (answer.status_code, answer.json()["wants_match_mail"]) == (200, True)


def test_a_worker_killed_between_leaves_nothing_or_all(match, anna, monkeypatch):
    def killed(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(digests, "log", killed)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            digests.send_digest(anna.pk)
    assert not OutboxMessage.objects.exists()
    assert not Digest.objects.exists()
    assert digests.send_digest(anna.pk) is True
    assert len(mails(anna)) == 1


def test_the_sweep_asks_a_worker_only_where_somebody_is_due(match, anna):
    assert tasks.sweep_digests.call() == 2
    assert len(mails(anna)) == 1
    assert tasks.sweep_digests.call() == 0


def test_many_matches_take_as_many_queries_as_one(asked, exhibitor, supplier_segment, anna, count_queries):
    builders.match(asked, builders.offer(exhibitor, supplier_segment))
    one = count_queries(lambda: digests.send_digest(anna.pk))
    for number in range(3):
        builders.match(asked, builders.offer(exhibitor, supplier_segment), request_rank=2 + number)
    later()
    assert count_queries(lambda: digests.send_digest(anna.pk)) <= one


# Ending them


def test_the_mail_carries_what_a_mail_program_needs_to_end_them(match, anna):
    digests.send_digests()
    mail.outbox.clear()
    OutboxMessage.objects.update(sent_at=None, attempts=0, next_attempt_at=timezone.now())
    send_waiting_messages()
    sent = next(message for message in mail.outbox if message.to == ["anna@example.com"])
    address = mails(anna)[0].stop_address
    assert sent.extra_headers["List-Unsubscribe"] == f"<{address}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in sent.body


def test_one_click_without_signing_in_ends_them_and_opening_does_not(match, anna, client_of):
    path = urlparse(digests.STOP.address(anna)).path
    stranger = client_of(None, enforce_csrf_checks=True)
    page = stranger.get(path)
    assert (page.status_code, "Stop these mails" in page.content.decode()) == (200, True)
    anna.refresh_from_db()
    assert anna.wants_match_mail is True
    for _twice in range(2):
        page = stranger.post(path, {"List-Unsubscribe": "One-Click"})
        assert (page.status_code, "You get no more mails" in page.content.decode()) == (200, True)
    anna.refresh_from_db()
    assert anna.wants_match_mail is False
    assert Event.objects.get(verb="stop_match_mail").actor == anna
    assert digests.send_digest(anna.pk) is False


def test_a_forged_address_does_not_exist(anna, boris, client_of):
    path = urlparse(digests.STOP.address(anna)).path
    for wrong in (path.replace(f"{anna.pk}:", f"{boris.pk}:"), path.replace("/stop/", "x/stop/"), "/matches/mails/1/stop/"):
        assert client_of(None).post(wrong).status_code == 404
    anna.is_active = False
    anna.save()
    assert client_of(None).post(path).status_code == 404
    boris.refresh_from_db()
    assert boris.wants_match_mail is True
