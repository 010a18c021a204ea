import re

import pytest
from django.core.cache import cache
from django.core.management import call_command

from expo.foundation.models import SearchSlip, SearchWord
from matchmaking.desk.privacy.erasing import erase_person
from matchmaking.desk.privacy.retention import sweep_daily
from matchmaking.marketplace.actions import correct_posting, withdraw_posting
from matchmaking.marketplace.models import SourcingRequest
from tests import builders


@pytest.fixture
def offers(exhibitor, buyer, supplier_segment, customer_segment):
    hall = builders.hall(exhibitor.edition)
    exhibitor.booth = builders.booth(hall, code="W1-C02", status="assigned")
    exhibitor.save()
    modules = builders.offer(exhibitor, supplier_segment, title="Silicon carbide modules", title_other="碳化硅模块", hs_code="850760",
                             description="Half-bridge for an inverter", certificates=("IATF 16949",), is_demo=True)  # fmt: skip
    dies = builders.offer(exhibitor, supplier_segment, title="Bare dies", description="Of silicon carbide, for <b>inverters</b>.")
    hidden = builders.sourcing_request(buyer, customer_segment, title="Silicon modules wanted", visibility="name_hidden")
    builders.offer(exhibitor, supplier_segment, title="Silicon secret", status="draft")
    builders.forum(exhibitor.edition, key="chips", title_en="Silicon day", title_zh="芯片论坛")
    builders.index_all()
    return modules, dies, hidden


def titles(client, **asked):
    answer = client.get("/search/", asked)
    assert answer.status_code == 200
    return [hit.title_text for hit in answer.context["hits"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "silicon carbide"}, ["Silicon carbide modules", "Bare dies"]),
        ({"q": "碳化硅 inverter"}, ["Silicon carbide modules"]),
        ({"q": "硅", "kind": "offer"}, ["Silicon carbide modules"]),
        ({"q": "8507"}, ["Silicon carbide modules"]),
        ({"q": "850760"}, ["Silicon carbide modules"]),
        ({"q": "W1-C02"}, ["Borealis Cells"]),
        ({"q": "w1 c02"}, ["Borealis Cells"]),
        ({"q": "borealis cells", "kind": "company"}, ["Borealis Cells"]),
        ({"q": "iatf16949"}, ["Silicon carbide modules"]),
        ({"q": "silicon", "kind": "forum"}, ["Silicon day"]),
        ({"q": "芯片论坛"}, ["Silicon day"]),
        ({"q": "privacy"}, ["Privacy"]),
        ({"q": "silicon", "kind": "no-such-kind"}, ["Silicon modules wanted", "Silicon carbide modules", "Silicon day", "Bare dies"]),
    ],
)
def test_a_search_finds_these_in_this_order(asked, found, offers, client):
    assert titles(client, **asked) == found


def test_a_country_in_either_language_finds_who_and_what_is_from_there(offers, client):
    for word in ("China", "中国大陆", "cn"):
        assert {"Borealis Cells", "Silicon carbide modules", "Bare dies"} <= set(titles(client, q=word))


def test_the_page_speaks_the_reader_s_language_and_marks_what_was_searched_for(offers, client):
    page = client.get("/zh/search/", {"q": "碳化硅"}).content.decode()
    assert "<mark>碳化硅</mark>模块" in page
    page = client.get("/search/", {"q": "inverters"}).content.decode()
    assert "&lt;b&gt;<mark>inverters</mark>&lt;/b&gt;" in page
    assert "<b>inverters" not in page
    assert "Demo" in client.get("/search/", {"q": "850760"}).content.decode()


def test_tabs_count_each_kind(offers, client):
    tabs = client.get("/search/", {"q": "silicon"}).context["tabs"]
    assert [(str(tab["text"]), tab["count"], tab["is_on"]) for tab in tabs] == [
        ("All", 4, True), ("Offers", 2, False), ("Requests", 1, False), ("Forums", 1, False),
    ]  # fmt: skip
    assert [tab["address"] for tab in tabs][1] == "/search/?q=silicon&kind=offer"


@pytest.mark.parametrize("typed", ["silicn carbide", "silcion carbid", "sillicon", "boraelis", "Siliconn Carbibe"])
def test_a_typing_error_is_forgiven_and_said(typed, offers, client):
    answer = client.get("/search/", {"q": typed})
    assert answer.context["answer"].forgiven
    assert answer.context["answer"].total
    assert "This is what was found for" in answer.content.decode()


def test_what_is_not_there_says_what_to_try(offers, client):
    answer = client.get("/search/", {"q": "xylophone"})
    assert answer.context["answer"].total == 0
    assert "Nothing has “xylophone”" in answer.content.decode()
    assert "What you can search for" in client.get("/search/").content.decode()
    assert "There is no word in this" in client.get("/search/", {"q": "?!"}).content.decode()


def test_carla_finds_nothing_that_is_hidden_from_her(offers, client, client_of, carla, boris, anna, organiser):
    words = ("secret", "Silicon secret", "aurora", "极光", "secrte", "auror")
    for who in (None, carla, anna):
        browser = client_of(who)
        for typed in words[:2] + words[4:5]:
            assert titles(browser, q=typed) == [], (who, typed)
            assert browser.get("/search/", {"q": typed}).context["answer"].forgiven == ""
        assert "secret" not in browser.get("/search/suggestions/", {"q": "sil"}).content.decode().lower()
        assert browser.get("/search/", {"q": "silicon"}).context["answer"].count_of("offer") == 2
    assert titles(client_of(boris), q="secret") == ["Silicon secret"]
    assert titles(client_of(organiser), q="secret") == ["Silicon secret"]


def test_a_buyer_who_hides_its_name_is_not_found_by_it(offers, client, client_of, carla):
    for who in (None, carla):
        for typed in ("aurora", "aurora motors", "极光汽车", "auroa"):
            answer = client_of(who).get("/search/", {"q": typed})
            assert answer.context["answer"].count_of("request") == 0
            assert "wanted" not in answer.content.decode()
    SourcingRequest.objects.update(visibility="invited")
    assert client.get("/search/", {"q": "wanted"}).context["answer"].count_of("request") == 0


HOSTILE = ['"', "*", "a*", "NEAR(a b)", "-silicon", "(", ")))", "silicon AND", "OR", "NOT silicon", "title:silicon", "'; DROP TABLE x; --", "\\",
           "a:*", "|", "&", "!", "<->", "silicon <-> x", "\x00", "silicon\x00carbide", "😀", "\u202eabc", "\u200b", "\ud83d", "%", "_", "x" * 5000,
           "word " * 1000, "硅" * 300, "^", "{title}: x", "﷽", "ß", "İ", "\u0345", "a\u0301" * 200, "１２３", "8507.60.00", "--", "/*"]  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_whatever_is_typed_is_text(number, offers, client):
    typed = HOSTILE[number].encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    for path in ("/search/", "/search/suggestions/", "/market/"):
        assert client.get(path, {"q": typed}).status_code in {200, 400}
    for path in ("/api/v1/search/", "/api/v1/search/suggestions/"):
        assert client.get(path, {"q": typed}).status_code in {200, 400}


@pytest.mark.parametrize("number", ["0", "-1", "999999999999999999999", "x", ""])
def test_pages_that_are_not_there_show_the_nearest(number, offers, client):
    assert titles(client, q="silicon", page=number)


def test_the_first_page_takes_nine_queries_at_most(offers, exhibitor, supplier_segment, client, count_queries):
    cache.clear()
    one = count_queries(lambda: titles(client, q="dies"))
    for number in range(30):
        builders.offer(exhibitor, supplier_segment, title=f"Dies number {number}")
    builders.index_all()
    assert len(titles(client, q="dies")) == 20
    assert count_queries(lambda: titles(client, q="dies")) == one <= 9
    assert count_queries(lambda: titles(client, q="diez")) <= 9
    assert count_queries(lambda: client.get("/search/suggestions/", {"q": "di"})) <= 4


def test_suggestions_are_titles_that_begin_so(offers, client):
    page = client.get("/search/suggestions/", {"q": "carb"}).content.decode()
    assert re.findall(r'data-address="([^"]+)"', page) == [f"/offers/{offers[0].pk}/"]
    assert 'role="option"' in page
    assert client.get("/search/suggestions/", {"q": "c"}).content.decode().strip() == ""
    assert "<mark>碳</mark>化硅" in client.get("/zh/search/suggestions/", {"q": "碳"}).content.decode()


def test_a_suggestion_shows_what_was_typed_also_where_only_the_other_language_has_it(offers, client):
    page = client.get("/search/suggestions/", {"q": "碳"}).content.decode()
    assert "Silicon carbide modules" in page
    assert '<span class="en" lang="zh-Hans"><mark>碳</mark>化硅' in page


def test_no_space_hangs_on_a_title(offers, client):
    assert re.search(r"modules</a>", client.get("/search/", {"q": "碳化硅"}).content.decode())


def test_the_api_answers_as_the_page(offers, client):
    answer = client.get("/api/v1/search/", {"q": "silicon carbide"}).json()
    assert answer["counts"] == {"company": 0, "offer": 2, "request": 0, "forum": 0, "page": 0}
    assert answer["results"][0] == {
        "kind": "offer", "id": offers[0].pk, "title": "Silicon carbide modules", "address": f"/offers/{offers[0].pk}/",
        "snippet": "Half-bridge for an inverter", "score": 4, "is_demo": True,
    }  # fmt: skip
    assert client.get("/api/v1/search/", {"q": "silicn"}).json()["forgiven"] == "silicon"
    assert [row["title"] for row in client.get("/api/v1/search/suggestions/", {"q": "bare"}).json()["results"]] == ["Bare dies"]


@pytest.mark.parametrize(
    "query", ["", "q=a&kind=agreement", "q=a&kind=", "q=a&page=0", "q=a&page=51", "q=a&sort=new", f"q={'a' * 201}", "q=a&page=²"]
)
def test_the_api_refuses_what_it_does_not_know(query, offers, client):
    answer = client.get(f"/api/v1/search/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_of_very_many_hits_no_more_than_a_thousand_are_counted(offers, monkeypatch, client):
    monkeypatch.setattr("expo.foundation.search.finding.MOST_COUNTED", 1)
    monkeypatch.setattr("matchmaking.desk.queries.search.MOST_COUNTED", 1)
    answer = client.get("/search/", {"q": "silicon"})
    assert answer.context["answer"].is_more("offer")
    assert "1+" in answer.content.decode()
    assert "The list ends here, with the first 1 of 3+ hits." in answer.content.decode()


def test_a_list_that_holds_all_hits_says_nothing_of_its_end(offers, client):
    assert "The list ends here" not in client.get("/search/", {"q": "silicon"}).content.decode()


def test_the_end_of_a_list_is_told_on_its_last_page_only(offers, monkeypatch, client):
    monkeypatch.setattr("matchmaking.desk.queries.search.PAGE_SIZE", 1)
    monkeypatch.setattr("matchmaking.desk.queries.search.MOST_COUNTED", 2)
    monkeypatch.setattr("expo.foundation.search.finding.MOST_COUNTED", 2)
    pages = [client.get("/search/", {"q": "silicon", "page": page}).content.decode() for page in (1, 2)]
    assert ["The list ends here, with the first 2 of 4 hits." in page for page in pages] == [False, True]


def test_suggestions_say_what_is_invented(offers, client):
    assert '<span class="demo">Demo</span>' in client.get("/search/suggestions/", {"q": "silicon carb"}).content.decode()
    assert client.get("/api/v1/search/suggestions/", {"q": "silicon carb"}).json()["results"][0]["is_demo"] is True


def test_an_anonymous_search_may_be_done_without_an_edition(db, client):
    assert client.get("/search/", {"q": "anything"}).status_code == 200


def test_a_word_of_a_draft_changes_no_spelling_that_is_forgiven(exhibitor, supplier_segment, client):
    builders.offer(exhibitor, supplier_segment, title="Graphite felt")
    builders.index_all()
    before = client.get("/search/", {"q": "graphita"}).context["answer"].forgiven
    builders.offer(exhibitor, supplier_segment, title="Graphita", status="draft")
    builders.index_all()
    assert before == client.get("/search/", {"q": "graphita"}).context["answer"].forgiven == "graphite"


def forgiven(client, typed="zephyrq"):
    return client.get("/search/", {"q": typed}).context["answer"].forgiven


@pytest.fixture
def zephyr(exhibitor, supplier_segment, client):
    """An offer whose word hides another spelling while it is kept: who types it exactly is not told of "zephyrs"."""
    builders.offer(exhibitor, supplier_segment, title="Zephyrs")
    offer = builders.offer(exhibitor, supplier_segment, title="Zephyrq")
    builders.index_all()
    assert (forgiven(client), forgiven(client, "zephyrx")) == ("", "zephyrq")
    return offer


def test_a_word_that_only_a_hidden_title_has_tells_nothing_after_the_daily_sweep(zephyr, client, boris):
    withdraw_posting(zephyr, by=boris)
    assert forgiven(client) == ""  # Its absence would tell that it once stood there.
    sweep_daily()
    assert forgiven(client) == "zephyrs"


def test_making_the_index_anew_forgets_words_of_titles_that_are_gone(zephyr, client, organiser):
    correct_posting(zephyr, by=organiser, fields={"title": "Breezes"})
    call_command("rebuild_search")
    assert (forgiven(client), forgiven(client, "breezas")) == ("zephyrs", "breezes")
    assert not SearchSlip.objects.filter(word="zephyrq").exists()


def test_erasing_an_owner_forgets_the_words_of_the_companies_that_close(db, django_capture_on_commit_callbacks):
    owner, company = builders.person("sole@example.com"), builders.company("Quixotic Motors")
    builders.member(company, owner)
    builders.registration(company, builders.current_edition())
    builders.index_all()
    assert SearchWord.objects.filter(word="quixotic").exists()
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(owner, by=owner, closing=True)
    assert not SearchWord.objects.filter(word="quixotic").exists()
