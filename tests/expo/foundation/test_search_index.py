import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from expo.foundation import search
from expo.foundation.eventlog import log
from expo.foundation.models import SearchEntry
from expo.foundation.search import index
from expo.foundation.search.asked import read
from expo.foundation.search.finding import keys_with
from matchmaking.marketplace.models import Offer
from matchmaking.participants.models import Company
from tests import builders


def found(words, label="offer"):
    return sorted(keys_with(read(words), label).values_list("object_id", flat=True))


@pytest.fixture
def offer(exhibitor, supplier_segment):
    made = builders.offer(exhibitor, supplier_segment, title="Busbars", title_other="铜排", certificates=("UL 94",))
    search.follow(made)
    return made


def test_an_entry_follows_the_log_in_the_same_transaction(offer, boris):
    offer.title = "Contactors"
    offer.save()
    assert found("busbars") == [offer.pk]
    log(offer, "edit", by=boris)
    assert (found("busbars"), found("contactors")) == ([], [offer.pk])


def test_a_row_that_is_gone_leaves_the_index(offer):
    pk = offer.pk
    offer.delete()
    assert search.index_all(Offer, [pk]) == 1
    assert found("busbars") == []
    assert not SearchEntry.objects.filter(label="offer").exists()


def test_what_is_right_already_is_not_written_again(offer, count_queries):
    assert search.index_all(Offer, [offer.pk]) == 0
    assert search.index_all(Offer, []) == 0


def test_many_rows_take_as_many_queries_as_one(exhibitor, supplier_segment, count_queries):
    one = builders.offer(exhibitor, supplier_segment)
    few = count_queries(lambda: search.index_all(Offer, [one.pk]))
    several = [builders.offer(exhibitor, supplier_segment, title="Same words").pk for _ in range(20)]
    assert count_queries(lambda: search.index_all(Offer, several)) <= few


def test_a_company_s_new_name_reaches_its_postings(offer, borealis):
    borealis.name = "Zephyr Cells"
    borealis.save()
    search.follow(borealis)
    assert found("zephyr") == [offer.pk]
    assert found("borealis") == []


def test_a_segment_s_and_a_certificate_s_new_name_reach_the_postings(offer, supplier_segment):
    supplier_segment.name_zh = "方壳电芯"
    supplier_segment.save()
    certificate = offer.certificates.get().certificate
    certificate.name = "UL94"
    certificate.save()
    search.follow_rows({type(supplier_segment): [supplier_segment.pk], type(certificate): [certificate.pk]})
    assert found("方壳") == [offer.pk]
    assert index.differences() == [line for line in index.differences() if not line.startswith("offer")]


def test_the_check_names_what_differs_and_the_rebuild_puts_it_right(offer, capsys):
    list(index.rebuild())
    call_command("rebuild_search", "--check")
    Offer.objects.filter(pk=offer.pk).update(title="Fuses")
    SearchEntry.objects.filter(label="company").delete()
    SearchEntry.objects.create(label="offer", object_id=10**6, kind="offer", digest="")
    with pytest.raises(CommandError) as wrong:
        call_command("rebuild_search", "--check")
    assert f"offer {offer.pk}: whole_en, digest, title, shown differ" in str(wrong.value)
    assert f"company {offer.registration.company_id}: missing" in str(wrong.value)
    assert "offer 1000000: indexed, but gone" in str(wrong.value)
    call_command("rebuild_search")
    call_command("rebuild_search", "--check")
    assert found("fuses") == [offer.pk]
    assert "The search index equals the rows." in capsys.readouterr().out


def test_tokens_changed_behind_the_index_are_seen(offer):
    list(index.rebuild())
    SearchEntry.objects.filter(label="offer").update(title="fuses")
    assert index.differences() == [f"offer {offer.pk}: title differ"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_missing_while_the_index_is_made_anew(exhibitor, supplier_segment, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("a database in memory has one connection; the blocks below show the same")
    monkeypatch.setattr(index, "BLOCK", 7)
    for number in range(60):
        builders.offer(exhibitor, supplier_segment, title=f"Busbar {number}")
    builders.index_all()
    SearchEntry.objects.update(digest="stale")
    seen, stop = set(), threading.Event()

    def read_on():
        while not stop.is_set():
            seen.add(len(found("busbar")))
        connection.close()

    reader = threading.Thread(target=read_on)
    reader.start()
    for _label, _changed in index.rebuild():
        pass
    stop.set()
    reader.join()
    assert seen == {60}


def test_between_two_blocks_of_a_rebuild_all_is_found(exhibitor, supplier_segment, monkeypatch):
    monkeypatch.setattr(index, "BLOCK", 3)
    for number in range(10):
        builders.offer(exhibitor, supplier_segment, title=f"Busbar {number}")
    builders.index_all()
    SearchEntry.objects.update(digest="stale")
    seen, describe = [], index.DESCRIBERS["offer"].describe

    def watched(keys):
        seen.append(len(found("busbar")))
        return describe(keys)

    monkeypatch.setitem(index.DESCRIBERS, "offer", index.Describer("offer", "offer", Offer, watched, Offer.objects.visible_to))
    builders.index_all()
    seen.append(len(found("busbar")))
    assert seen == [10, 10, 10, 10, 10]


def test_what_staff_edit_and_delete_in_the_admin_is_followed(client_of, organiser, chain, edition):
    forum = builders.forum(edition, key="opening", title_en="Opening")
    builders.index_all()
    desk = client_of(organiser)
    assert found("ceremony", "forum") == []
    fields = {
        "key": "opening", "edition": edition.pk, "title_en": "Opening ceremony", "title_zh": "", "kind": "opening", "chain": "",
        **{f"{name}_{part}": "" for name in ("starts_at", "ends_at") for part in (0, 1)},
        **{f"{prefix}-{name}": 0 for prefix in ("sessions",) for name in ("TOTAL_FORMS", "INITIAL_FORMS")},
    }  # fmt: skip
    answer = desk.post(f"/admin/programme/forum/{forum.pk}/change/", fields)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert found("ceremony", "forum") == [forum.pk]
    desk.post(f"/admin/programme/forum/{forum.pk}/delete/", {"post": "yes"})
    assert found("ceremony", "forum") == []
    assert index.differences() == []


def test_a_company_that_nobody_may_search_says_nothing_of_a_draft_registration(exhibitor, edition, chain):
    exhibitor.status = exhibitor.Status.DRAFT
    exhibitor.save()
    builders.index_all()
    entry = SearchEntry.objects.get(label="company", object_id=exhibitor.company_id)
    assert "vehicle" not in entry.names
    assert Company.objects.filter(pk__in=keys_with(read("borealis"), "company")).exists()
