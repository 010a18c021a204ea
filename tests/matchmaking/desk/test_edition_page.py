from expo.editions.models import Publication
from expo.venue.models import Pavilion
from tests import builders


def test_what_is_unknown_is_said_to_be_unknown(edition, client):
    builders.edition(slug="next", status="announced")
    page = client.get("/editions/next/").text
    assert page.count("Not announced yet") == 7
    builders.edition(slug="old", status="closed")
    assert client.get("/editions/old/").text.count("Not published") == 7


def test_an_edition_shows_areas_pavilions_publications_forums_and_their_sources(edition, chain, client):
    kept = builders.source(title="The closing report", publisher="The Daily", address="https://daily.example/", link_ok=True)
    report = Publication.objects.create(key="r", edition=edition, kind="report", title_en="Chain report", industries_en=["wind power"])
    pavilion = Pavilion.objects.create(key="hu", edition=edition, name_en="Hungarian pavilion", kind="national", is_guest_of_honour=True)
    deal = Publication.objects.create(
        key="d", edition=edition, kind="deal", title_en="Two firms on fibre", summary_en="A long-term agreement."
    )
    for row in (report, deal, pavilion, edition):
        row.sources.add(kept)
    builders.forum(edition, title_en="Opening ceremony")
    page = client.get("/editions/2027/").text
    for text in (
        "Smart Vehicle Chain",
        "Hungarian pavilion",
        "guest of honour",
        "Chain report",
        "wind power",
        "Opening ceremony",
        "A long-term agreement.",
    ):
        assert text in page
    assert page.index("Chain report") < page.index("Cooperation that was reported") < page.index("Two firms on fibre")
    assert page.count("The closing report") == 1, "one source is listed once, however often it is named"
    assert 'href="https://daily.example/"' in page


def test_only_verified_exhibitors_are_counted_and_invented_ones_are_marked(edition, buyer, exhibitor, client, organiser, client_of):
    builders.registration(builders.company("Waiting"), edition, status="submitted")
    assert "1 exhibitor by name" in client.get("/editions/2027/").text
    assert "1 exhibitor by name" in client_of(organiser).get("/editions/2027/").text
    builders.registration(builders.company("Invented", is_demo=True), edition)
    page = client.get("/editions/2027/").text
    assert "2 exhibitors by name" in page
    assert '<span class="demo">' in page


def test_results_are_linked_once_there_are_some(edition, client):
    builders.edition(slug="old", status="closed")
    assert "/editions/old/results/" in client.get("/editions/old/").text
    assert "/editions/2027/results/" not in client.get("/editions/2027/").text


def test_the_page_takes_the_same_queries_for_one_row_and_for_many(edition, client, count_queries):
    def fill(number):
        source = builders.source()
        builders.figure(edition, builders.metric(f"m{number}"), 5)
        builders.chain(edition)
        Pavilion.objects.create(key=f"p{number}", edition=edition, name_en="P", kind="national").sources.add(source)
        Publication.objects.create(key=f"p{number}", edition=edition, kind="report", title_en="R").sources.add(source)
        builders.forum(edition)
        builders.registration(builders.company(), edition)

    fill(1)
    client.get("/editions/2027/")
    one = count_queries(lambda: client.get("/editions/2027/"))
    for number in range(2, 6):
        fill(number)
    assert count_queries(lambda: client.get("/editions/2027/")) == one <= 20


def test_an_unknown_edition_is_a_404(edition, client):
    assert client.get("/editions/1999/").status_code == 404
