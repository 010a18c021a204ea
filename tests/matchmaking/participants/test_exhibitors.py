import pytest

from expo.editions.models import Edition
from tests import builders


@pytest.fixture
def past(db):
    return builders.edition(slug="2024", ordinal=2, year=2024, short_name_en="Sample 2024", status=Edition.Status.CLOSED)


def page(client, query=""):
    answer = client.get(f"/exhibitors/{query}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_verified_exhibitors_of_the_current_edition_are_listed(client, exhibitor, buyer, edition, past):
    for status in ("draft", "submitted", "rejected", "withdrawn"):
        builders.registration(builders.company(f"Hidden {status}"), edition, status=status, rejection_reason="No")
    builders.registration(builders.company("Past Works"), past)
    shown = page(client)
    assert "Borealis Cells" in shown
    assert "1 exhibitor</b>" in shown
    for hidden in ("Hidden", "Aurora Motors", "Past Works"):
        assert hidden not in shown


def test_staff_see_the_same_list(organiser, client_of, edition):
    builders.registration(builders.company("Hidden draft"), edition, status="draft")
    assert "Hidden draft" not in page(client_of(organiser))


def test_people_are_not_on_the_page(client_of, carla, exhibitor, boris, organiser):
    for person in (None, carla, organiser):
        shown = page(client_of(person))
        for secret in ("boris@example.com", "Boris Bo", "+86 10 7654321"):
            assert secret not in shown


def test_past_editions_are_browsed_with_their_evidence(client, edition, past):
    for evidence, name in [("exhibited", "Plain"), ("co_exhibited", "Partner"), ("announced", "Announced"), ("signed", "Signed")]:
        builders.registration(builders.company(f"{name} Works"), past, evidence=evidence, shown_en=f"{name} things")
    shown = page(client, "?edition=2024")
    assert "4 exhibitors</b>" in shown
    for words in ("<p>Plain things</p>", "Shown on a partner&#x27;s stand. Partner things", "Announced as coming. Announced things"):
        assert words in shown
    assert "Signed up at the edition before. Signed things" in shown


def test_an_empty_list_leads_to_past_editions_and_to_registering(client, edition, past):
    builders.registration(builders.company("Past Works"), past)
    shown = page(client)
    assert "Nobody is listed for this edition yet" in shown
    assert 'href="/exhibitors/?edition=2024"' in shown
    assert 'href="/register/"' in shown


def test_a_thin_list_leads_to_past_editions_too(client, exhibitor, past):
    builders.registration(builders.company("Past Works"), past)
    assert "More exhibitors of past editions" in page(client)


def test_a_site_without_editions_has_an_empty_list(client, db):
    assert "Nobody is listed for this edition yet" in page(client)


@pytest.fixture
def several(edition, chain, supplier_segment, customer_segment):
    other = builders.chain(edition, slug="clean-energy", code="CE", short_name_en="Clean energy")
    rows = [
        ("Cell One", "CN", "company", chain, supplier_segment, "Battery cells, 4680"),
        ("Cell Two", "DE", "university", chain, customer_segment, "Vehicles"),
        ("Wind Three", "DE", "company", other, None, "Turbine blades"),
    ]
    for name, country, kind, its_chain, segment, shows in rows:
        made = builders.registration(
            builders.company(name, country=country, kind=kind, name_zh="电池"), edition, main_segment=segment, shown_en=shows
        )
        made.chains.add(its_chain)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=cell", ["Cell One", "Cell Two"]),
        ("?q=4680+cells", ["Cell One"]),
        ("?q=电池", ["Cell One", "Cell Two", "Wind Three"]),
        ("?q=100%25", []),
        ("?chain=smart-vehicle", ["Cell One", "Cell Two"]),
        ("?chain=smart-vehicle&chain=clean-energy", ["Cell One", "Cell Two", "Wind Three"]),
        ("?stage=midstream", ["Cell One"]),
        ("?country=DE", ["Cell Two", "Wind Three"]),
        ("?country=", ["Cell One", "Cell Two", "Wind Three"]),
        ("?kind=university", ["Cell Two"]),
        ("?chain=smart-vehicle&country=DE&q=two", ["Cell Two"]),
        ("?utm_source=poster", ["Cell One", "Cell Two", "Wind Three"]),
    ],
)
def test_filters_narrow_the_list(client, several, query, names):
    shown = page(client, query)
    for name in ("Cell One", "Cell Two", "Wind Three"):
        assert (f">{name}</a>" in shown) == (name in names)


@pytest.mark.parametrize("query", ["?chain=no-such", "?country=XX", "?edition=1999", "?stage=sideways", "?kind=empire", f"?q={'x' * 101}"])
def test_what_the_list_does_not_know_is_refused(client, several, query):
    assert client.get(f"/exhibitors/{query}").status_code == 400


@pytest.mark.parametrize("query", ["?page=0", "?page=2", "?page=x", "?page=99999999999999999999"])
def test_a_page_that_is_not_there(client, several, query):
    assert client.get(f"/exhibitors/{query}").status_code == 404


def test_active_filters_are_chips_that_take_themselves_away(client, several):
    shown = page(client, "?chain=smart-vehicle&country=DE&q=two")
    assert 'href="/exhibitors/?country=DE&amp;q=two"' in shown
    assert 'href="/exhibitors/?chain=smart-vehicle&amp;country=DE"' in shown
    assert "Filters, 3 active" in shown


def test_nothing_found_offers_a_way_out(client, several):
    shown = page(client, "?q=nothing+like+it")
    assert "No exhibitor fits these filters" in shown
    assert "“nothing like it”" in shown


def test_filters_say_how_many_there_are(client, several):
    shown = page(client)
    assert "Germany (2)" in shown
    assert shown.index("Germany (2)") < shown.index("China (mainland) (1)")


def test_thirty_a_page(client, edition):
    for number in range(31):
        builders.registration(builders.company(f"Works {number:02d}"), edition)
    assert "Works 29" in page(client)
    assert "Works 30" not in page(client)
    assert "Works 30" in page(client, "?page=2")


def test_the_list_takes_as_many_queries_for_one_as_for_thirty(client, edition, past, chain, supplier_segment, count_queries):
    def one_more(number):
        company = builders.company(f"Works {number}")
        builders.registration(company, past)
        builders.registration(company, edition, main_segment=supplier_segment).chains.add(chain)

    one_more(0)
    page(client)
    one = count_queries(lambda: page(client))
    for number in range(1, 30):
        one_more(number)
    assert count_queries(lambda: page(client)) == one


def test_years_are_those_of_editions_that_were_held(client, exhibitor, past, borealis):
    builders.registration(borealis, past)
    shown = page(client)
    assert "Took part: 2024" in shown


def test_names_are_escaped(client, edition):
    builders.registration(
        builders.company("<script>alert(1)</script>", slug="s", about_en="x"), edition, shown_en="<img src=x onerror=alert(1)>"
    )
    shown = page(client, "?q=%3Cscript%3E")
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown


def test_the_list_in_chinese(client, exhibitor):
    shown = client.get("/zh/exhibitors/").content.decode()
    assert "北极光电芯" in shown
