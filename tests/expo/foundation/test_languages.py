import pytest
from django.test import Client
from django.urls import reverse, translate_url
from django.utils import translation

from expo.foundation.bilingual import Bilingual, BilingualAside


class Sign:
    name, aside = Bilingual("name"), BilingualAside("name")

    def __init__(self, name_en: str, name_zh: str) -> None:
        self.name_en, self.name_zh = name_en, name_zh


def test_a_pair_of_columns_is_read_in_the_language_of_the_page() -> None:
    sign = Sign("Batteries", "电池")
    assert (sign.name, sign.aside) == ("Batteries", "电池")
    with translation.override("zh-hans"):
        assert (sign.name, sign.aside) == ("电池", "Batteries")


def test_a_missing_text_falls_back_and_is_not_said_twice() -> None:
    sign = Sign("Batteries", "")
    with translation.override("zh-hans"):
        assert (sign.name, sign.aside) == ("Batteries", "")


@pytest.mark.django_db
def test_the_site_has_a_name_in_each_language(client: Client) -> None:
    assert "Interchange" in client.get("/accounts/login/").content.decode()
    page = client.get("/zh/accounts/login/").content.decode()
    assert "供需对接站" in page
    assert "Interchange" not in page


def test_chinese_addresses_begin_with_zh() -> None:
    assert reverse("account_login") == "/accounts/login/"
    with translation.override("zh-hans"):
        assert reverse("account_login") == "/zh/accounts/login/"
    assert translate_url("/accounts/login/?next=/desk/", "zh-hans") == "/zh/accounts/login/?next=/desk/"
