"""The Chinese of the site: complete, in its own tone, and really shown."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import allauth
import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django import conf
from django.conf import settings
from django.contrib import admin, auth
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from django_countries import countries

from expo.accounts.models import User
from expo.editions.models import Segment
from expo.foundation.templatetags import signs
from matchmaking.participants.models import Company, Member, Registration
from tests import builders
from tools import library_texts, messages

HAN = "[\u4e00-\u9fff]"
# Signs of English text beside a Chinese character, and letters where Chinese has a sign of its own.
WRONG_SIGNS = re.compile(f"{HAN}[,;:!?]|[,;:!?]{HAN}|[!！]|{HAN}\\.(?!\\w)|{HAN}\\.\\.\\.|{HAN} {HAN}")
LETTERS = ("templates/emails/", "templates/account/email/", "tools/library_texts.py")
NOTICES = sorted(path.name.removesuffix(".subject.txt") for path in (settings.ROOT / "templates" / "emails").glob("*.subject.txt"))


def translated() -> Iterator[tuple[Message, str]]:
    for message in messages.read("zh_Hans"):
        if message.id:
            yield message, message.string if isinstance(message.string, str) else message.string[0]


def test_every_text_is_translated_with_its_placeholders_and_compiled() -> None:
    assert list(messages.problems_of("zh_Hans")) == []


def test_every_name_that_code_gives_gettext_is_known_to_the_gatherer() -> None:
    code = [path.read_text() for path in messages.sources() if path.suffix == ".py"]
    names = {name for text in code for name in re.findall(r"from django\.utils\.translation import .*?\w*gettext\w* as (\w+)", text)}
    assert names
    assert names <= set(messages.KEYWORDS)


def test_chinese_texts_use_chinese_signs_and_no_spaces_within() -> None:
    assert [text for _message, text in translated() if WRONG_SIGNS.search(text)] == []


def test_only_letters_address_the_reader() -> None:
    said = [text for message, text in translated() if not any(place.startswith(LETTERS) for place, _line in message.locations)]
    assert [text for text in said if "您" in text or "你" in text] == []


def test_the_texts_said_instead_of_a_library_are_still_said_by_one() -> None:
    folders = [Path(module.__file__).parent for module in (allauth, conf, admin, auth)]
    known: set[object] = {str(name) for _code, name in countries}
    for path in (folder / "locale" / language / "LC_MESSAGES" / "django.po" for folder in folders for language in ("en", "zh_Hans")):
        with path.open("rb") as file:
            known |= {message.id for message in read_po(file)}
    assert [text for text in library_texts.TEXTS if text not in known] == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/zh/", "智能汽车"),
        ("/zh/chains/", "每条链从上游通往下游"),
        ("/zh/exhibitors/", "家展商"),
        ("/zh/market/", "只看暂无供应的需求"),
        ("/zh/forums/", "论坛活动"),
        ("/zh/plan/", "暂无展位图"),
        ("/zh/accounts/login/", "忘记密码"),
        ("/zh/privacy/", "隐私"),
    ],
)
def test_chinese_pages_speak_chinese(client: Client, exhibitor: Registration, address: str, words: str) -> None:
    page = client.get(address).content.decode()
    assert '<html lang="zh-Hans">' in page
    assert words in page
    assert "Skip to content" not in page


def test_a_chinese_page_marks_what_is_english(client: Client, exhibitor: Registration, supplier_segment: Segment) -> None:
    offer = builders.offer(exhibitor, supplier_segment)
    page = client.get("/zh/market/").content.decode()
    assert f'lang="en"><a href="/zh/offers/{offer.pk}/">{offer.title}</a>' in page
    assert f'lang="zh-Hans"><a href="/offers/{offer.pk}/">' not in client.get("/market/").content.decode()


def test_a_text_is_marked_where_it_is_not_in_the_language_of_the_page() -> None:
    assert [signs.written_in(text) for text in ("Bearings", "轴承", "8507", "", None)] == ["", ' lang="zh-Hans"', "", "", ""]
    with translation.override("zh-hans"):
        assert [signs.written_in(text) for text in ("Bearings", "轴承", "8507", "", None)] == [' lang="en"', "", "", "", ""]


def test_a_posting_is_named_in_the_language_of_the_page(exhibitor: Registration, supplier_segment: Segment) -> None:
    offer = builders.offer(exhibitor, supplier_segment, title="Bearings", title_other="轴承", language="en")
    assert offer.title_here == "Bearings"
    with translation.override("zh-hans"):
        assert offer.title_here == "轴承"
        offer.title_other = ""
        assert offer.title_here == "Bearings"


def test_large_figures_are_said_in_the_steps_of_the_language() -> None:
    figures = (676, 14_000, 150_000, 123_456, 152_000_000_000)
    assert [signs.large(Decimal(figure)) for figure in figures] == ["676", "14,000", "150,000", "123,456", "152 billion"]
    with translation.override("zh-hans"):
        assert [signs.large(Decimal(figure)) for figure in figures] == ["676", "1.4万", "15万", "123,456", "1,520亿"]


def test_countries_have_their_chinese_names() -> None:
    with translation.override("zh-hans"):
        assert [countries.name(code) for code in ("TW", "HK", "MO", "CN")] == ["中国台湾", "中国香港", "中国澳门", "中国大陆"]
        assert [countries.name(code) for code in ("WS", "DM", "NP", "BA")] == ["萨摩亚", "多米尼克", "尼泊尔", "波斯尼亚和黑塞哥维那"]
        assert [name for _code, name in countries if re.search("[A-Za-z]", str(name))] == []


@pytest.mark.parametrize("kind", NOTICES)
def test_every_notice_can_be_read_in_chinese(
    kind: str, boris: User, borealis: Company, exhibitor: Registration, supplier_segment: Segment
) -> None:
    offer = builders.offer(exhibitor, supplier_segment)
    asked = builders.member(borealis, builders.person("dora@example.com", full_name="Dora"), status=Member.Status.ASKED)
    offer.valid_until = offer.valid_until or exhibitor.edition.starts_on
    context = {"recipient": boris, "site_name": "Interchange", "site_url": "https://expo.example", "company": borealis, "member": asked}
    context |= {"registration": exhibitor, "edition": exhibitor.edition, "posting": offer}
    context |= {"own": offer, "other": offer, "is_mutual": False, "total": 3, "more": 2, "stop_address": "https://expo.example/stop/"}
    context |= {"rows": [{"own": offer, "other": offer, "score": 87, "company": ""}]}
    with translation.override("zh-hans"):
        subject, body = (render_to_string(f"emails/{kind}.{end}", context) for end in ("subject.txt", "txt"))
    assert re.search(HAN, subject)
    assert re.search(f"{HAN}.*[。：]", body)
    own = re.sub(r"https?://\S+|Interchange|Boris Bo|Dora|Borealis Cells|北极光电芯", "", f"{subject}\n{body}").replace(offer.title, "")
    assert not re.search(r"[A-Za-z]{4,} [A-Za-z]", own), own
