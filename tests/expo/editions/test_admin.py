import pytest
from django.contrib import admin
from django.utils import timezone

from expo.editions.actions import make_current
from expo.editions.models import Disagreement, Edition, Publication, ReportedFigure, SegmentLink, Statistic
from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from expo.programme.models import Seat, Session, Speaker
from expo.venue.models import Booth, Pavilion
from tests import builders

ROOMS = ("editions", "venue", "programme")
LISTS = sorted(model._meta.label_lower for model in admin.site._registry if model._meta.app_label in ROOMS)


def another_of_each(number):
    """Add a row to every table of the event's rooms."""
    edition = builders.edition()
    chain = builders.chain(edition)
    first, second = builders.segment(chain), builders.segment(chain)
    builders.link(first, second)
    metric = builders.metric(f"metric-{number}")
    builders.figure(edition, metric, number)
    now = timezone.now()
    Statistic.objects.create(edition=edition, metric=metric, value=number, source_note="Gates", measured_at=now, entered_at=now)
    Disagreement.objects.create(key=f"d{number}", edition=edition, metric=metric, topic_en="Topic", said_en="Said", resolution_en="So")
    Publication.objects.create(key=f"p{number}", edition=edition, kind="report", title_en="Report")
    hall = builders.hall(edition)
    area = edition.areas.get()
    builders.booth(hall, area=area, segment=first)
    Pavilion.objects.create(key=f"v{number}", edition=edition, name_en="Pavilion", kind="national")
    forum = builders.forum(edition, chain=chain)
    session = Session.objects.create(forum=forum, title_en="Session")
    Speaker.objects.create(session=session, name_en="Speaker")
    Seat.objects.create(forum=forum, person=builders.person())
    return edition


@pytest.fixture
def desk(client_of, organiser):
    return client_of(organiser)


@pytest.mark.parametrize("label", LISTS)
def test_every_list_is_searchable_and_takes_the_same_queries_for_one_row_and_for_many(label, desk, count_queries):
    another_of_each(0)
    address = "/admin/" + label.replace(".", "/") + "/"
    assert desk.get(address).status_code == 200
    few = count_queries(lambda: desk.get(address))
    for number in range(1, 5):
        another_of_each(number)
    # Filters leave out choices that no row has, so that the first rows may ask a little less.
    assert count_queries(lambda: desk.get(address)) <= few
    assert desk.get(address, {"q": "a"}).status_code == 200


@pytest.mark.parametrize("label", LISTS)
def test_every_row_opens(label, desk):
    another_of_each(0)
    model = next(model for model in admin.site._registry if model._meta.label_lower == label)
    address = "/admin/" + label.replace(".", "/") + "/"
    assert desk.get(f"{address}{model.objects.first().pk}/change/").status_code == 200
    assert desk.get(f"{address}add/").status_code in {200, 403}


def test_making_an_edition_current_ends_the_one_before(edition, organiser):
    other = builders.edition()
    make_current(other, by=organiser)
    assert list(Edition.objects.filter(is_current=True)) == [other]
    make_current(other, by=organiser)
    assert Event.objects.get(verb="make_current").data == {"before": edition.slug}


def test_who_may_not_change_editions_makes_none_current(edition, carla):
    with pytest.raises(NotAllowed):
        make_current(builders.edition(), by=carla)
    assert list(Edition.objects.filter(is_current=True)) == [edition]
    assert not Event.objects.exists()


def test_the_list_makes_exactly_one_edition_current(edition, desk):
    other = builders.edition()
    post = {"action": "make_selected_current", "_selected_action": [edition.pk, other.pk]}
    assert b"Choose exactly one edition." in desk.post("/admin/editions/edition/", post, follow=True).content
    assert Edition.objects.get(is_current=True) == edition
    desk.post("/admin/editions/edition/", {**post, "_selected_action": [other.pk]})
    assert Edition.objects.get(is_current=True) == other


def figure_form(edition, metric, source, **changes):
    return {"edition": edition.pk, "metric": metric.pk, "qualifier": "exact", "value": "620", "sources": [source.pk], **changes}


def test_a_figure_never_stands_without_its_source(edition, desk):
    metric, source = builders.metric(), builders.source()
    answer = desk.post("/admin/editions/reportedfigure/add/", figure_form(edition, metric, source, sources=[]))
    assert "sources" in answer.context["adminform"].form.errors
    desk.post("/admin/editions/reportedfigure/add/", figure_form(edition, metric, source))
    assert ReportedFigure.objects.get().sources.get() == source


def test_a_preferred_figure_says_why_and_stands_alone(edition, desk):
    metric, source = builders.metric(), builders.source()
    first = builders.figure(edition, metric, 600, is_preferred=True, preferred_reason_en="Exact.")
    answer = desk.post("/admin/editions/reportedfigure/add/", figure_form(edition, metric, source, is_preferred="on"))
    errors = answer.context["adminform"].form.errors
    assert errors["preferred_reason_en"] == ["Say why this figure is preferred."]
    assert errors["is_preferred"][0].startswith("Another figure is preferred already")
    assert list(ReportedFigure.objects.all()) == [first]


def test_a_link_that_closes_a_circle_is_refused(chain, supplier_segment, customer_segment, desk):
    answer = desk.post("/admin/editions/segmentlink/add/", {"supplier": customer_segment.pk, "customer": supplier_segment.pk})
    assert b"This link would close a circle inside the chain." in answer.content
    assert SegmentLink.objects.count() == 1


def test_an_assigned_booth_keeps_its_state(edition, desk):
    booth = builders.booth(builders.hall(edition), status=Booth.Status.ASSIGNED)
    post = {"edition": edition.pk, "hall": booth.hall_id, "code": booth.code, "x": "0", "y": "0", "width": "3", "depth": "3"}
    desk.post(f"/admin/venue/booth/{booth.pk}/change/", {**post, "status": "free"})
    booth.refresh_from_db()
    assert booth.status == Booth.Status.ASSIGNED
    other = builders.booth(booth.hall, x=10)
    answer = desk.post(f"/admin/venue/booth/{other.pk}/change/", {**post, "code": other.code, "x": "10", "status": "assigned"})
    assert "status" in answer.context["adminform"].form.errors
