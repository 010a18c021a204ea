"""An edition with a previous one, and a way to write many agreements at once."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser

from matchmaking.agreements.models import Agreement, Party
from tests import builders


@pytest.fixture
def anyone():
    return AnonymousUser()


@pytest.fixture
def edition(edition):
    """The current edition, which runs: its report may be read and frozen."""
    edition.status = "live"
    edition.save()
    return edition


@pytest.fixture
def previous(edition):
    """The edition before it, of which only publications are on file."""
    return builders.edition(slug="2026", ordinal=edition.ordinal - 1, starts_on=date(2026, 6, 20), ends_on=date(2026, 6, 24))


@pytest.fixture
def companies():
    """Return a maker of companies: so many, from one country or region."""
    return lambda number, country="CN": [builders.company(country=country) for _ in range(number)]


@pytest.fixture
def sign(edition, chain):
    """Return a writer of agreements between a supplier and a customer: `signed(3, a, b, kind="intention")`."""

    def signed(number, supplier, customer, **fields):
        made = []
        for _ in range(number):
            row = builders.agreement(
                fields.pop("edition", edition), fields.get("chain", chain), **{k: v for k, v in fields.items() if k != "chain"}
            )
            Party.objects.create(agreement=row, company=supplier, order=0, role="supplier")
            Party.objects.create(agreement=row, company=customer, order=1, role="customer")
            made.append(row)
        return made

    return signed


@pytest.fixture
def undisclosed():
    return {"amount": None, "currency": "", "is_undisclosed": True}


@pytest.fixture
def counted():
    return lambda edition: Agreement.objects.filter(edition=edition).counted()


@pytest.fixture
def yuan():
    return Decimal
