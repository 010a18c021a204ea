from babel.messages.catalog import Catalog

from tools import messages


def texts(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    return [(text, context) for _line, text, _comments, context in messages.texts_of(path)]


def test_texts_of_code_are_found_with_plural_and_context(tmp_path):
    code = 'a = _("One")\nb = ngettext("%(n)s row", "%(n)s rows", n)\nc = pgettext_lazy("verb", "Post")\nd = other("Not this")\n'
    assert texts(tmp_path, "code.py", code) == [("One", None), (("%(n)s row", "%(n)s rows"), None), ("Post", "verb")]


def test_texts_of_templates_are_found_however_they_are_indented(tmp_path):
    page = """<p>
      {% translate "Chains" %}
  {% blocktranslate trimmed count n=rows %}
      {{ n }} request
    {% plural %}
      {{ n }} requests
    {% endblocktranslate %}
{% translate "May" context "month" %} {% include "x.html" with title=_("Hall") only %} it's {</p>"""
    assert texts(tmp_path, "page.html", page) == [
        ("Chains", None),
        (("%(n)s request", "%(n)s requests"), None),
        ("May", "month"),
        ("Hall", None),
    ]


def complaints(identity, string, *, flags=(), wanted=None):
    catalog, gathered = Catalog("zh_Hans"), Catalog()
    message = catalog.add(identity, string, flags=flags)
    text = gathered.add(wanted or identity, locations=[("page.html", 1)])
    return list(messages.problems_of_message("zh_Hans", text, message))


def test_a_good_translation_passes():
    assert complaints("%(n)s of {total}", "{total}之%(n)s") == []
    assert complaints(("%(n)s row", "%(n)s rows"), ("%(n)s行",)) == []


def test_a_missing_a_fuzzy_and_a_half_translation_are_named():
    assert complaints("Chain", "") == ["zh_Hans: page.html: “Chain” is not translated"]
    assert complaints("Chain", "链", flags=["fuzzy"]) == ["zh_Hans: page.html: “Chain” is marked fuzzy"]


def test_a_lost_and_an_invented_placeholder_are_named():
    assert complaints("%(n)s rows", "行") == ["zh_Hans: page.html: “%(n)s rows”: placeholders differ: %(n)s"]
    assert complaints("Rows", "%(n)s行") == ["zh_Hans: page.html: “Rows”: placeholders differ: %(n)s"]


def test_a_text_that_became_plural_is_named():
    assert complaints("%(n)s row", "%(n)s行", wanted=("%(n)s row", "%(n)s rows")) == [
        "zh_Hans: page.html: “%(n)s row” has a plural form in one place and none in another; run `make messages`"
    ]
