"""The forms' own hand, the frame of a page, the page of components."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from expo.foundation.samples import SampleForm


@pytest.fixture
def refused_form():
    return SampleForm({"title": "Stator housings", "capacity": "about 12k"})


def test_a_refused_form_leads_to_its_fields(refused_form):
    shown = refused_form.as_div()
    assert "3 things to put right" in shown
    assert '<a href="#id_capacity">Capacity: Enter a whole number.</a>' in shown
    assert '<a href="#id_visibility_0">' in shown
    assert 'tabindex="-1" data-focus-errors' in shown


def test_a_refused_field_says_so_to_screen_readers(refused_form):
    shown = refused_form["capacity"].as_field_group()
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_capacity_error"' in shown
    assert 'id="id_capacity_error"' in shown


def test_a_field_links_its_hint_and_keeps_what_was_typed(refused_form):
    shown = refused_form["title"].as_field_group()
    assert 'aria-describedby="id_title_helptext"' in shown
    assert 'id="id_title_helptext"' in shown
    assert 'value="Stator housings"' in shown


def test_boxes_stand_in_a_fieldset_with_a_legend():
    shown = SampleForm()["certificates"].as_field_group()
    assert shown.count("<fieldset") == shown.count("</fieldset>") == 1
    assert "<legend" in shown


def test_only_fields_that_may_stay_empty_say_optional():
    form = SampleForm()
    assert "optional" in form["text"].as_field_group()
    assert "optional" not in form["title"].as_field_group()


def test_one_box_stands_before_its_words():
    shown = SampleForm()["agreed"].as_field_group()
    assert shown.index("<input") < shown.index("I may post for this company.")


def test_an_untouched_form_has_nothing_to_put_right():
    assert "data-focus-errors" not in SampleForm().as_div()


def test_a_pager_keeps_the_other_parameters_of_the_address(rf):
    from django.core.paginator import Paginator  # Local: only this test turns pages.

    request = rf.get("/market/?q=cells&page=2")
    shown = render_to_string("components/_pager.html", {"page": Paginator(range(50), 10).page(2), "request": request})
    assert "?q=cells&amp;page=3" in shown
    assert '<span aria-current="page">2</span>' in shown


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/components/", "/zh/components/", "/accounts/login/", "/zh/accounts/signup/"])
def test_pages_need_no_inline_style_or_script(settings, address):
    settings.DEBUG = True
    shown = Client().get(address).content.decode()
    assert " style=" not in shown
    assert "<style" not in shown
    assert all("src=" in opening.split(">")[0] for opening in shown.split("<script")[1:])
    assert "onclick=" not in shown


@pytest.mark.django_db
def test_a_page_names_its_language_and_its_twin():
    shown = Client().get("/zh/accounts/login/").content.decode()
    assert '<html lang="zh-Hans">' in shown
    assert '<link rel="alternate" hreflang="en" href="/accounts/login/">' in shown


@pytest.mark.django_db
def test_signing_out_is_a_form(edition, buyer):
    client = Client()
    client.force_login(buyer.company.members.first().user)
    shown = client.get("/accounts/email/").content.decode()
    assert '<form method="post" action="/accounts/logout/">' in shown
    assert 'href="/accounts/logout/"' not in shown


@pytest.mark.django_db
def test_the_page_of_components_is_not_part_of_the_site():
    assert Client().get("/components/").status_code == 404


@pytest.mark.django_db
def test_a_missing_page_offers_a_way_on_and_a_reference():
    answer = Client().get("/nowhere/")
    shown = answer.content.decode()
    assert answer.status_code == 404
    assert "There is no stop here" in shown
    assert "Reference " in shown


def test_the_page_for_a_broken_site_needs_nothing():
    shown = render_to_string("500.html")
    assert "Something broke here" in shown
    assert "本站出错了" in shown
