"""The template tags: what they print, in both languages, and that names from people are escaped."""

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

CHAIN = {"code": "SV", "colour": "sv", "kind": "chain"}
HOSTILE = "<script>alert(1)</script>"


def show(template, **context):
    return Template(template).render(Context(context))


def test_a_bullet_prints_the_code_and_names_its_colour():
    assert show("{% bullet chain %}", chain=CHAIN) == '<span class="bullet" data-chain="SV" data-colour="sv">SV</span>'


def test_a_zone_has_an_outlined_sign():
    assert 'class="bullet is-lg is-zone"' in show('{% bullet chain "lg" %}', chain={**CHAIN, "kind": "zone"})


def test_a_booth_plate_parts_chain_and_place():
    shown = show('{% booth_plate "SV 212" chain you=True %}', chain=CHAIN)
    assert shown == '<span class="booth is-you" data-chain="SV" data-colour="sv"><b>SV</b><span>212</span></span>'


def test_a_booth_keeps_the_colour_of_its_own_chain():
    assert show('{% booth_plate "DT 102" chain %}', chain=CHAIN) == '<span class="booth" data-chain="DT"><b>DT</b><span>102</span></span>'


def test_a_booth_of_one_word_stands_alone():
    assert (
        show('{% booth_plate "B17" chain %}', chain=CHAIN) == '<span class="booth" data-chain="SV" data-colour="sv"><span>B17</span></span>'
    )


@pytest.mark.parametrize("tag", ["{% bullet text %}", "{% booth_plate text %}", "{% aside text %}", "{% chain_attributes text %}"])
def test_names_are_escaped(tag):
    assert "<script" not in show(tag, text=HOSTILE)


def test_a_stage_mark_says_the_stage_in_the_language_of_the_page():
    assert "Midstream</span>" in show('{% stage_mark "midstream" %}')
    assert show('{% stage_mark "elsewhere" %}') == ""


def test_a_name_in_the_other_language_says_which_language_it_is():
    assert show("{% aside text %}", text="智能汽车链") == '<span class="en" lang="zh-Hans">智能汽车链</span>'
    with translation.override("zh-hans"):
        assert 'lang="en"' in show("{% aside text %}", text="Smart Vehicle")
    assert show("{% aside text %}", text="") == ""


@pytest.mark.parametrize(
    ("value", "printed"), [(12000, "12,000"), ("36.50", "36.5"), (None, ""), ("", ""), (0, "0"), ("about 9", "about 9"), (1200.0, "1,200")]
)
def test_numbers_are_grouped_and_carry_no_empty_decimals(value, printed):
    assert show("{{ n|count }}", n=value) == printed


@pytest.mark.parametrize(("key", "printed"), [("more_than", "more than"), ("exact", ""), ("unknown", "")])
def test_an_announced_figure_keeps_its_qualifier(key, printed):
    assert show("{{ key|qualifier }}", key=key) == printed


def test_request_dots_are_named_in_words():
    assert 'aria-label="1 request, 1 without an offer"' in show("{% request_dots 1 1 %}")
    assert 'aria-label="31 requests, 9 without an offer"' in show("{% request_dots 31 9 %}")


def test_edition_marks_say_when_a_company_took_part():
    years = [2023, 2024]
    assert 'aria-label="Took part: 2024"' in show("{% edition_marks years took %}", years=years, took=[2024])
    assert 'aria-label="Has not taken part yet"' in show("{% edition_marks years took %}", years=years, took=[])


def test_a_requirement_line_counts_its_verdicts():
    shown = show("{% requirement_line items %}", items=[("fits", True), ("fits", False), ("gone", True)])
    assert 'aria-label="Fits: 2, Not stated: 1"' in shown


def test_a_verdict_has_a_word_for_screen_readers():
    assert '<span class="visually-hidden">Misses: </span>' in show('{% verdict_mark "misses" %}')


@pytest.mark.parametrize(("names", "printed"), [('"market"', ' aria-current="page"'), ('"home"', "")])
def test_the_current_page_is_marked_in_the_navigation(names, printed):
    request = RequestFactory().get("/")
    request.resolver_match = type("Match", (), {"url_name": "market"})()
    assert show("{% current " + names + " %}", request=request) == printed


def test_a_long_pager_leaves_out_the_middle():
    page = Paginator(range(300), 10).page(10)
    assert show("{{ page|page_numbers }}", page=page) == "[1, None, 8, 9, 10, 11, 12, None, 30]"
