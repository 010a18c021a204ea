"""An edition with seven agreements and twelve intentions between Boris's and five more suppliers and five customers, and what was published of it."""

from datetime import date
from decimal import Decimal

import pytest

from expo.editions.models import Disagreement
from tests import builders


@pytest.fixture
def text_of():
    """Return an answer's text with its blanks made even."""
    return lambda answer: " ".join(answer.content.decode().split())


@pytest.fixture
def before(edition):
    """The edition before: 515 exhibitors were published, exactly, and more than 200 agreements."""
    return builders.edition(slug="2026", year=2026, ordinal=edition.ordinal - 1, short_name_en="Sample 2026", short_name_zh="样例2026")


@pytest.fixture
def published(edition, before):
    """What was published of both editions."""
    signed = builders.metric(
        "agreements_signed", name_en="Agreements signed", name_zh="签署协议", unit="agreements", group="outcomes", order=2
    )
    exhibitors = builders.metric("exhibitors", name_en="Exhibitors", name_zh="参展方", unit="exhibitors", group="taking_part", order=1)
    builders.figure(before, exhibitors, 515)
    builders.figure(before, signed, 200, qualifier="more_than")
    stands = builders.figure(edition, exhibitors, 620, is_preferred=True, preferred_reason_en="The exact count.", note_en="Signed ones.")
    stands.sources.add(builders.source(publisher="The Weekly", title="Second report", address="https://weekly.example/2", link_ok=True))
    nearly = builders.figure(edition, exhibitors, 700, qualifier="nearly")
    nearly.sources.add(builders.source(publisher="The Mirror", address="https://mirror.example/", link_ok=False))
    builders.figure(edition, signed, 210, qualifier="more_than")
    Disagreement.objects.create(
        key="d",
        edition=edition,
        metric=exhibitors,
        topic_en="Exhibitors in 2027",
        said_en="620 or nearly 700",
        resolution_en="620 signed ones",
    )


@pytest.fixture
def ledger(edition, chain, supplier_segment, customer_segment, aurora, borealis):
    """Nineteen rows: CNY 152,310,000,000 in all, two of them undisclosed, on two days, German customers and Chinese suppliers."""
    suppliers = [borealis, *(builders.company(f"Cells {number}", country="CN") for number in range(5))]
    customers = [aurora, *(builders.company(f"Cars {number}", country="DE") for number in range(5))]
    rows = []
    for number in range(19):
        fields = {
            "kind": "agreement" if number < 7 else "intention",
            "segment": supplier_segment,
            "signed_on": date(2027, 6, 20 + number % 2),
        }
        if number < 2:
            fields |= {"amount": None, "currency": "", "is_undisclosed": True}
        elif number == 2:
            fields |= {"amount": Decimal(152_309_999_984)}
        else:
            fields |= {"amount": Decimal(1)}
        row = builders.agreement(edition, chain, suppliers[number % 6], customers[number % 6], title=f"Lot {number}", **fields)
        row.parties.filter(order=0).update(role="supplier")
        row.parties.filter(order=1).update(role="customer")
        rows.append(row)
    return rows
