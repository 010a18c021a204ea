import pytest

from matchmaking.participants.names import domain_of, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bosch", "BOSCH GmbH"),
        ("Müller & Co. GmbH", "MULLER AND CO"),
        ("Northwind Cells Co., Ltd.", "Northwind Cells"),
        ("The Coca-Cola Company", "coca cola"),
        ("L'Oréal S.A.", "LOREAL"),
        ("Enel S.p.A.", "Enel"),
        ("Vestas Wind Systems A/S", "Vestas Wind Systems"),
        ("Ａｃｍｅ　Ｌｔｄ", "Acme"),
        ("华润(集团)有限公司", "华润集团"),
        ("宁德时代新能源科技股份有限公司", "宁德时代新能源科技"),
        ("TCL科技集团股份有限公司", "TCL科技"),
        ("トヨタ自動車株式会社", "トヨタ自動車"),
        ("Syngenta Group", "Syngenta AG"),
    ],
)
def test_one_company_under_two_names_has_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dongfang Electric", "Dongfang Electric Machinery"),
        ("CITIC Group", "CITIC Dicastal"),
        ("中国移动", "中国联通"),
        ("Costa Coffee", "Coffee"),
        ("ガス", "カス"),
        ("华为", "华为终端"),
    ],
)
def test_two_companies_keep_two_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("name", "key"), [("Co", "co"), ("SE", "se"), ("Group Co Ltd", "group"), ("集团", "集团"), ("有限公司", "有限公司")]
)
def test_a_legal_form_alone_stays_a_name(name: str, key: str) -> None:
    assert name_key(name) == key


def test_a_name_that_says_nothing_has_no_key() -> None:
    assert name_key(" — !? ") == ""


def test_a_key_is_never_longer_than_its_column() -> None:
    assert len(name_key("ﷺ" * 160)) == 160


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.Example.com/about?x=1", "example.com"),
        ("http://example.com:8080", "example.com"),
        ("example.com", "example.com"),
        ("https://user@shop.example.co.uk.", "shop.example.co.uk"),
        ("https://www.linkedin.com/company/northwind", ""),
        ("https://northwind.en.alibaba.com", ""),
        ("https://localhost/", ""),
        ("", ""),
        ("https://[broken", ""),
    ],
)
def test_the_domain_is_the_host_without_www(website: str, domain: str) -> None:
    assert domain_of(website) == domain
