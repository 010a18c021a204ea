"""What search engines are told of: public pages in both languages. One of the few places where the event wing names the matchmaking wing."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from expo.editions.models import Chain, Edition
from expo.programme.models import Forum
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.participants.models import Company

NOBODY = AnonymousUser()
Rows = Any  # a QuerySet of one-tuples


class InBothLanguages(Sitemap):  # type: ignore[type-arg] # generic only in the stubs
    """Every page with its address in each language, and each one's twin."""

    i18n = True
    alternates = True
    x_default = True
    limit = 2000

    languages = ["en", "zh-hans"]


class Pages(InBothLanguages):
    def items(self) -> list[str]:
        return ["home", "editions", "chains", "exhibitors", "forums", "plan", "market", "accessibility", "privacy"]

    def location(self, item: str) -> str:
        return reverse(item)


class Rowwise(InBothLanguages):
    """Rows by the part of their address; subclasses name the page and give the rows as one-tuples."""

    page = ""

    def location(self, item: tuple[Any, ...]) -> str:
        return reverse(self.page, args=[item[0]])


class Editions(Rowwise):
    page = "edition"

    def items(self) -> Rows:
        return Edition.objects.order_by("ordinal").values_list("slug")


class Results(Rowwise):
    page = "results"

    def items(self) -> Rows:
        return Edition.objects.filter(status__in=["live", "closed"]).order_by("ordinal").values_list("slug")


class Chains(Rowwise):
    page = "chain"

    def items(self) -> Rows:
        return Chain.objects.order_by("order", "code").values_list("slug")


class Forums(Rowwise):
    page = "forum"

    def items(self) -> Rows:
        return Forum.objects.order_by("id").values_list("key")


class Companies(Rowwise):
    page = "company"

    def items(self) -> Rows:
        return Company.objects.visible_to(NOBODY).order_by("id").values_list("slug")


class Offers(Rowwise):
    page = "offer"

    def items(self) -> Rows:
        return Offer.objects.visible_to(NOBODY).order_by("id").values_list("pk")


class Requests(Rowwise):
    page = "sourcing_request"

    def items(self) -> Rows:
        return SourcingRequest.objects.visible_to(NOBODY).order_by("id").values_list("pk")


SECTIONS: dict[str, type[InBothLanguages]] = {
    "pages": Pages,
    "editions": Editions,
    "results": Results,
    "chains": Chains,
    "forums": Forums,
    "companies": Companies,
    "offers": Offers,
    "requests": Requests,
}
