"""What the data map leaves out on purpose, and whether it leaves out anything else."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from matchmaking.desk.privacy.datamap import DATA_MAP, Kept

# Tables whose rows are of a company or of the expo: what a person wrote there is the company's word. Only the pointers above lead to people.
_OF_COMPANIES = "companies and what they post or sign: published by the company, kept as the expo's record"
_OF_THE_EXPO = "what the organiser publishes"
_MACHINERY = "the site's own machinery, nothing of people"
WITHOUT_PEOPLE: dict[str, str] = {
    **dict.fromkeys(
        (
            "participants.Company_sources",
            "participants.Registration_chains",
            "marketplace.Certificate",
            "marketplace.Offer",
            "marketplace.SourcingRequest",
            "marketplace.OfferCertificate",
            "marketplace.RequestCertificate",
            "agreements.Party",
            "agreements.Ledger",
            "meetings.AboutPosting",
            "meetings.Meeting",
            "meetings.MoveProposal",
            "meetings.PlannedSeat",
            "matching.GapChange",
            "matching.Match",
            "matching.Snapshot",
            "matching.Reading",
            "matching.Vector",
            "matching.Shard",
            "matching.Unlisted",
            "foundation.SearchEntry",
            "foundation.SearchWord",
            "foundation.SearchSlip",
        ),
        _OF_COMPANIES,
    ),
    "meetings.InterpreterAbsence": "when an interpreter of the pool is not there; whose account that is stands with the interpreter",
    "meetings.Delivery": "what the API says of a meeting and its companies, without anybody's name, word or address; kept for 30 days",
    "programme.Speaker": "public names of who speaks, written by the organiser; not accounts",
    **dict.fromkeys(
        (
            "editions.Source",
            "editions.Edition",
            "editions.Edition_sources",
            "editions.Chain",
            "editions.Chain_sources",
            "editions.ChainArea",
            "editions.Segment",
            "editions.Segment_sources",
            "editions.SegmentLink",
            "editions.Metric",
            "editions.ReportedFigure",
            "editions.ReportedFigure_sources",
            "editions.Disagreement",
            "editions.Publication",
            "editions.Publication_sources",
            "editions.ExchangeRate",
            "participants.SupplyLink",
            "participants.SupplyLink_sources",
            "matching.Term",
            "matching.Weight",
            "venue.Hall",
            "venue.Booth",
            "venue.Pavilion",
            "venue.Pavilion_sources",
            "programme.Forum",
            "programme.Forum_sources",
            "programme.Session",
            "meetings.MeetingSetup",
            "meetings.RoleRight",
            "meetings.Slot",
            "meetings.Place",
        ),
        _OF_THE_EXPO,
    ),
    **dict.fromkeys(
        (
            "foundation.LoadedRow",
            "foundation.Seal",
            "foundation.Tombstone",
            "auth.Permission",
            "auth.Group",
            "auth.Group_permissions",
            "contenttypes.ContentType",
            "django_tasks_database.DBTaskResult",
        ),
        _MACHINERY,
    ),
    "foundation.RequestCount": "counts under a number, forgotten after a day; erased by that number",
    "sessions.Session": "signed-in browsers under a random key; erased by looking into them",
}


def gaps_in(all_models: Iterable[type[models.Model]], data_map: Iterable[Kept] = DATA_MAP) -> list[str]:
    """Return what the map does not say of the models, in sentences: tables that are not listed, fields that nobody thought of."""
    told: dict[str, list[Kept]] = {}
    for kept in data_map:
        told.setdefault(kept.label.lower(), []).append(kept)
    silent = {label.lower() for label in WITHOUT_PEOPLE}
    return [problem for model in all_models for problem in _gaps_of(model, told.get(model._meta.label_lower, []), silent)]


def _gaps_of(model: type[models.Model], told: list[Kept], silent: set[str]) -> list[str]:
    label = model._meta.label
    people = {field.name for field in model._meta.local_fields if field.is_relation and _is_person(field)}
    if not told:
        if label.lower() not in silent:
            return [f"{label} is not in the data map: say whether it holds something of people"]
        return [f"{label} points to a person by {name}, but is listed as without people" for name in sorted(people)]
    named = set().union(*(kept.named for kept in told))
    if all(not (kept.told or kept.secret) for kept in told):
        return [f"{label}.{name} points to a person and is not in the data map" for name in sorted(people - named)]
    return [f"{label}.{field.name} is not in the data map" for field in model._meta.local_fields if field.name not in named]


def _is_person(field: Any) -> bool:
    return bool(field.remote_field and field.remote_field.model is apps.get_model(settings.AUTH_USER_MODEL))
