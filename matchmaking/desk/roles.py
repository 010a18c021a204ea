"""The staff's roles: groups with exactly the permissions that their work needs. None of them makes anybody staff or superuser."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction

EXPO = (
    "editions.chainarea",
    "editions.segment",
    "editions.segmentlink",
    "venue.hall",
    "venue.booth",
    "venue.pavilion",
    "programme.forum",
    "programme.session",
    "programme.speaker",
)
LASTING = ("editions.edition", "editions.chain")
FIGURES = (
    "editions.source",
    "editions.metric",
    "editions.reportedfigure",
    "editions.disagreement",
    "editions.publication",
    "editions.exchangerate",
    "participants.supplylink",
)
# Entered by hand and never deleted: a wrong one is corrected or ended.
STATISTICS = ("editions.statistic",)
COMPANIES = ("participants.company", "participants.registration", "participants.member")
POSTINGS = (
    "marketplace.offer",
    "marketplace.sourcingrequest",
    "marketplace.certificate",
    "marketplace.offercertificate",
    "marketplace.requestcertificate",
)
# What the matcher goes by, and what it made of it.
KNOWLEDGE = ("matching.term", "matching.weight")
MATCHING = ("matching.matchrun", "matching.verdict")
# The timetable is public; who meets whom is for those who meet, and for who looks after them.
TIMETABLE = ("meetings.meetingsetup", "meetings.roleright", "meetings.slot", "meetings.place")
MEETINGS = (
    "meetings.meetingrequest",
    "meetings.meeting",
    "meetings.seat",
    "meetings.interpreter",
    "meetings.interpreterabsence",
    "meetings.edit",
    "meetings.planrun",
)
# Where what happens in meetings is sent to, and what was sent.
WEBHOOKS, DELIVERIES = ("meetings.webhook",), ("meetings.delivery",)
# What a plan says, and what people are still to be told: nobody writes these by hand.
PLANNED = ("meetings.plannedseat", "meetings.news")
LEDGER = (
    "agreements.agreement",
    "agreements.party",
    "agreements.ledger",
    "agreements.milestone",
    "agreements.introduction",
    "agreements.introductionconsent",
    "agreements.frozenreport",
)
# Who answered for a party, by name, and where links went.
ANSWERS = ("agreements.confirmation", "agreements.confirmationlink")
# Who reads these sees names, addresses and what was mailed to whom: only who needs to.
PERSONAL = (
    "accounts.user",
    "participants.member",
    "participants.consent",
    "participants.block",
    "programme.seat",
    "foundation.outboxmessage",
)
READ_WRITE = ("view", "add", "change")


def _may(verbs: Iterable[str], models: Iterable[str]) -> frozenset[str]:
    """Return permissions ("editions.add_source") for each verb on each model."""
    pairs = [model.split(".") for model in models]
    return frozenset(f"{app}.{verb}_{name}" for app, name in pairs for verb in verbs)


WRITES_AGREEMENTS = _may(("view",), (*LEDGER, *ANSWERS)) | {
    "agreements.add_agreement",
    "agreements.change_agreement",
    "agreements.delete_agreement",
    "agreements.record_agreement",
    "agreements.void_agreement",
    "agreements.verify_agreement",
    "agreements.correct_agreement",
    "agreements.merge_agreement",
    "agreements.freeze_report",
}
SEES_EXPO = _may(("view",), (*LASTING, *EXPO, *FIGURES, *STATISTICS, *KNOWLEDGE, *TIMETABLE))


@dataclass(frozen=True)
class Role:
    """A group by its name, what it is for, and what it may."""

    name: str
    purpose: str
    permissions: frozenset[str]


ROLES = (
    Role(
        "Organiser",
        "Everything of the work: the expo, who takes part, postings, matching, agreements, people without staff rights.",
        _may(
            READ_WRITE,
            (*LASTING, *EXPO, *FIGURES, *STATISTICS, *COMPANIES, *POSTINGS, *KNOWLEDGE, *TIMETABLE, *MEETINGS, *WEBHOOKS, "accounts.user"),
        )
        | _may(("delete",), (*EXPO, *FIGURES, *KNOWLEDGE, "meetings.roleright", "meetings.interpreter", *WEBHOOKS))
        | _may(("view",), (*PERSONAL, *MATCHING, *DELIVERIES, *PLANNED, "foundation.event"))
        | {"accounts.erase_person", "matching.add_matchrun"}
        | WRITES_AGREEMENTS,
    ),
    Role(
        "Verifier",
        "Verifies companies and registrations, reviews postings.",
        _may(("view", "change"), (*COMPANIES, *POSTINGS)) | {"participants.add_company", "accounts.view_user"} | SEES_EXPO,
    ),
    Role(
        "Reporter",
        "Logs agreements, keeps figures and their sources.",
        WRITES_AGREEMENTS
        | _may((*READ_WRITE, "delete"), FIGURES)
        | _may(READ_WRITE, STATISTICS)
        | SEES_EXPO
        | _may(("view",), ("participants.company", "participants.registration")),
    ),
    Role(
        "Read-only",
        "Looks at everything but people's contact data, and changes nothing.",
        SEES_EXPO
        | _may(("view",), (*(model for model in (*COMPANIES, *POSTINGS) if model not in PERSONAL), *MATCHING, *LEDGER, "foundation.event")),
    ),
)


@transaction.atomic
def set_up_roles() -> dict[str, int]:
    """Create the groups and give each exactly its permissions; who is in them stays. Returns the number of permissions by role.

    Raises:
        LookupError: a permission does not exist; nothing is changed.
    """
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role in ROLES:
        missing = sorted(role.permissions - known.keys())
        if missing:
            raise LookupError(f"{role.name}: no such permission: {', '.join(missing)}")
        group, _made = Group.objects.get_or_create(name=role.name)
        group.permissions.set([known[name] for name in role.permissions])
    return {role.name: len(role.permissions) for role in ROLES}
