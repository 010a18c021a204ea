"""Money: exact decimals with an ISO 4217 code; never floating point."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_decimal
from django.utils.translation import gettext_lazy as _

from expo.foundation.bilingual import is_chinese

CURRENCIES = ("CNY", "USD", "EUR", "JPY", "GBP", "HKD", "KRW", "THB", "AUD", "CAD", "CHF", "SGD", "BRL", "RUB", "HUF", "ZAR")
CURRENCY_CHOICES = [
    ("CNY", _("CNY, yuan")),
    ("USD", _("USD, US dollar")),
    ("EUR", _("EUR, euro")),
    ("JPY", _("JPY, yen")),
    ("GBP", _("GBP, pound sterling")),
    ("HKD", _("HKD, Hong Kong dollar")),
    ("KRW", _("KRW, won")),
    ("THB", _("THB, baht")),
    ("AUD", _("AUD, Australian dollar")),
    ("CAD", _("CAD, Canadian dollar")),
    ("CHF", _("CHF, Swiss franc")),
    ("SGD", _("SGD, Singapore dollar")),
    ("BRL", _("BRL, real")),
    ("RUB", _("RUB, rouble")),
    ("HUF", _("HUF, forint")),
    ("ZAR", _("ZAR, rand")),
]
FEN = Decimal("0.01")


def page_locale() -> str:
    """Return the Babel locale of the page."""
    return "zh_Hans_CN" if is_chinese() else "en"


def to_fen(amount: Decimal) -> Decimal:
    """Round to the fen (0.01), half up."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)


def spoken(amount: Decimal, currency: str) -> str:
    """Return the amount with its code, in the page's digits: "CNY 1,234.50"; trailing zero cents are left out."""
    text = str(format_decimal(amount, "#,##0.00" if amount % 1 else "#,##0", locale=page_locale()))
    return f"{currency}\N{NO-BREAK SPACE}{text}"
