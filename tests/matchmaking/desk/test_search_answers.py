"""The same corpus, the same searches, the same answers in the same order on every database.

The answers stand in search/answers.txt, one line for each search; both runs of the suite compare with it. Recall is measured against a
matcher that reads the texts themselves.
"""

import json
import os
import re
import unicodedata
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser

from expo.foundation.search import asked
from expo.foundation.search.finding import Search
from matchmaking.marketplace.models import Offer, OfferCertificate, RequestCertificate, SourcingRequest
from matchmaking.participants.models import Company, Registration
from matchmaking.participants.names import name_key
from tests import builders

FOLDER = Path(__file__).parent / "search"
ANSWERS = FOLDER / "answers.txt"
START = datetime(2026, 11, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
WORST_RECALL = 0.99
CJK = "\u3400-\u9fff"


@pytest.fixture
def corpus(edition, chain, supplier_segment, customer_segment):
    read = json.loads((FOLDER / "corpus.json").read_text(encoding="utf-8"))
    companies = [
        Company(slug=slug, name=name, name_zh=name_zh, name_key=name_key(name), country=country, about_en=about_en, about_zh=about_zh)
        for slug, name, name_zh, country, about_en, about_zh in read["companies"]
    ]
    Company.objects.bulk_create(companies)
    Company.objects.update(created_at=START)
    at_home = {company.slug: company for company in companies}
    for model, kind, role in ((Offer, "offers", "exhibitor"), (SourcingRequest, "requests", "buyer")):
        slugs = dict.fromkeys(row[0] for row in read[kind])
        rows = [Registration(company=at_home[slug], edition=edition, role=role, status="verified") for slug in slugs]
        shows = dict(zip(slugs, Registration.objects.bulk_create(rows), strict=True))
        made = [(_posting(model, number, row, shows, (supplier_segment, customer_segment)), row) for number, row in enumerate(read[kind])]
        model.objects.bulk_create(posting for posting, _row in made)
        held, owner = (OfferCertificate, "offer") if model is Offer else (RequestCertificate, "request")
        held.objects.bulk_create(
            held(**{owner: posting}, certificate=builders.certificate(name)) for posting, row in made for name in row[7]
        )
    builders.index_all()


def _posting(model, number, row, shows, segments):
    slug, title, other, text, language, code, status, _certificates, visibility = row
    at = START + timedelta(minutes=number % 40)  # Some are published at the same moment: then the id decides.
    return model(
        registration=shows[slug], segment=segments[number % 2], title=title, title_other=other, description=text, language=language,
        hs_code=code, status=status, published_at=at, submitted_at=at, valid_until=date(2099, 1, 1), review_reason="why",
        **({} if model is Offer else {"visibility": visibility}),
    )  # fmt: skip


SEARCHES = """
battery|batteries|电池|电|碳化硅|硅|silicon carbide|Silicon-Carbide|SILICON|module|modules|模块|模块 碳化硅|碳化硅 module|carbide 模块
850760|8507|85|8507.60|8541|Germany|德国|DE|Singapore|新加坡|China|中国大陆|中国|UK|IATF 16949|IATF16949|iso 9001|16949|UL|Harbourline
Harbourline Power|港线功率|港线|power|功率|sensor|传感器|sensors|传感|robot|机器人|hydrogen|氢|氢气|medical|医疗|cold chain|冷链|冷
food|食品|农业|seed|steel|钢|aluminium|铝|lidar|激光雷达|激光|radar|雷达|motor|电机|800 V|800V|1,200 V|1200|5 MWh|MWh|software|软件
truck|卡车|wafer|晶圆|storage|储能|logistics|物流|port|港|glass|玻璃|laser|optical|光|pump|泵|valve|阀|charging|充电|cells|cell|电芯
x|zzzz|碳化硼|cells wanted tomorrow|"battery" NEAR|bat*|(power)|vehicle|整车|smart vehicle|智能汽车|智能 汽车
""".strip().replace("\n", "|").split("|")  # fmt: skip


def answers():
    for typed in SEARCHES:
        search = Search(asked.read(typed), AnonymousUser(), None)
        yield typed, search.counts, [row["shown"]["title"][0] or row["shown"]["title"][1] for row in search.page(size=1000)]


def test_both_databases_give_these_answers_in_this_order(corpus):
    lines = []
    for typed, counts, titles in answers():
        assert sum(counts.values()) == len(titles)
        lines.append(f"{typed} = {' '.join(str(count) for count in counts.values())} = {' | '.join(titles[:12])}")
    if os.environ.get("WRITE_ANSWERS"):
        ANSWERS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == ANSWERS.read_text(encoding="utf-8").splitlines()


def plain(text):
    return unicodedata.normalize("NFKC", text).casefold()


def says(texts, typed):
    """Whether every word stands in the texts, at the start of a Latin word or anywhere between Chinese characters."""
    words = [part for word in plain(typed).split() for part in re.findall(rf"[{CJK}]+|[^\W{CJK}]+", word)]
    return bool(words) and all(
        any(word in text if re.match(f"[{CJK}]", word) else re.search(rf"(?<![^\W\d_{CJK}]){re.escape(word)}", text) for text in texts)
        for word in words
    )


def test_nearly_all_that_a_plain_reading_finds_is_found(corpus):
    rows = [
        (kind, row.pk, [plain(text) for text in (row.title, row.title_other, row.description)])
        for kind, model in (("offer", Offer), ("request", SourcingRequest))
        for row in model.objects.published()
    ]
    rows += [
        ("company", row.pk, [plain(text) for text in (row.name, row.name_zh, row.about_en, row.about_zh)])
        for row in Company.objects.visible_to(AnonymousUser())
    ]
    expected, missed = 0, []
    for typed in SEARCHES:
        there = {(kind, pk) for kind, pk, texts in rows if says(texts, typed)}
        search = Search(asked.read(typed), AnonymousUser(), None)
        got = {(row["kind"], row["object_id"]) for row in search.page(size=1000)}
        expected += len(there)
        missed += [(typed, *one) for one in there - got]
    assert expected > 400
    assert 1 - len(missed) / expected >= WORST_RECALL, missed[:20]
