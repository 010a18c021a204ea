"""The tables of who takes part, by subject."""

from matchmaking.participants.models.blocks import Block, BlockQuerySet
from matchmaking.participants.models.companies import (
    LONGEST_REFERENCE,
    Company,
    CompanyQuerySet,
    Member,
    MemberQuerySet,
    Registration,
    RegistrationQuerySet,
    Visitor,
    logo_path,
)
from matchmaking.participants.models.consents import Consent
from matchmaking.participants.models.supply import SupplyLink

__all__ = [
    "LONGEST_REFERENCE",
    "Block",
    "BlockQuerySet",
    "Company",
    "CompanyQuerySet",
    "Consent",
    "Member",
    "MemberQuerySet",
    "Registration",
    "RegistrationQuerySet",
    "SupplyLink",
    "Visitor",
    "logo_path",
]
