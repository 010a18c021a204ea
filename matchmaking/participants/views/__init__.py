"""The pages of this room."""

from matchmaking.participants.views.companies import company_edit, company_logo, company_members, company_set_logo, member_answer
from matchmaking.participants.views.exhibitors import exhibitors
from matchmaking.participants.views.registering import (
    register,
    register_company,
    register_join,
    register_start,
    registration_participation,
    registration_review,
    registration_withdraw,
)

__all__ = [
    "company_edit",
    "company_logo",
    "company_members",
    "company_set_logo",
    "exhibitors",
    "member_answer",
    "register",
    "register_company",
    "register_join",
    "register_start",
    "registration_participation",
    "registration_review",
    "registration_withdraw",
]
