"""The organiser's desk for companies and registrations. States change through actions only, so here they are read-only."""

from matchmaking.participants.admin.common import DoneByAction, each, public_page
from matchmaking.participants.admin.companies import CompanyAdmin
from matchmaking.participants.admin.people import BlockAdmin, ConsentAdmin, MemberAdmin
from matchmaking.participants.admin.registrations import RegistrationAdmin
from matchmaking.participants.admin.supply import SupplyLinkAdmin

__all__ = [
    "BlockAdmin",
    "CompanyAdmin",
    "ConsentAdmin",
    "DoneByAction",
    "MemberAdmin",
    "RegistrationAdmin",
    "SupplyLinkAdmin",
    "each",
    "public_page",
]
