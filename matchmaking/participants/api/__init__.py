"""Companies and who takes part, over the API. Of people no more than their own, and what owners read of their members."""

from rest_framework.routers import SimpleRouter

from matchmaking.participants.api.companies import CompanyMatchViewSet, CompanyViewSet
from matchmaking.participants.api.own import OwnColumns, OwnFilters
from matchmaking.participants.api.people import BlockViewSet, ConsentViewSet, MembershipViewSet
from matchmaking.participants.api.registrations import RegistrationViewSet
from matchmaking.participants.api.rows import FOR_OWN, CompanyRow, CompanyShortRow
from matchmaking.participants.api.supply import SupplyLinkViewSet

__all__ = ["FOR_OWN", "CompanyRow", "CompanyShortRow", "OwnColumns", "OwnFilters", "register"]


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("companies", CompanyViewSet, basename="api_company")
    router.register("company-matches", CompanyMatchViewSet, basename="api_company_match")
    router.register("registrations", RegistrationViewSet, basename="api_registration")
    router.register("memberships", MembershipViewSet, basename="api_membership")
    router.register("consents", ConsentViewSet, basename="api_consent")
    router.register("supply-links", SupplyLinkViewSet, basename="api_supply_link")
    router.register("blocks", BlockViewSet, basename="api_block")
