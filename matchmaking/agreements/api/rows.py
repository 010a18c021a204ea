"""What the API says of agreements, and of what came of an edition."""

from rest_framework import serializers

from expo.editions.api import SegmentShortRow
from expo.editions.models import Edition
from expo.foundation.rows import WORKED_OUT, Row, Values
from matchmaking.agreements import rules
from matchmaking.agreements.models import Agreement, Confirmation
from matchmaking.agreements.queries import outcome
from matchmaking.agreements.queries.report import breakdowns_of
from matchmaking.agreements.queries.report.bases import credited
from matchmaking.agreements.queries.report.shapes import Cell
from matchmaking.participants.models import Company

PARTY_FIELDS = (
    "visibility", "recorded_at", "rate_used", "document_sha256", "dispute_reason", "submitted_at", "verified_at", "drafted_for", "meeting",
    "offer", "sourcing_request", "confirmations", "introduced_by", "introduction_note", "is_introduction_credited", "void_reason",
)  # fmt: skip
STAFF_FIELDS = ("external_id", "merged_into")
FOR_PARTIES = "Null for others than the parties and the organiser."
FOR_STAFF = "Null for others than the organiser."


class PartyRow(Row):
    id = serializers.IntegerField(allow_null=True, help_text=f"To name it in a verb. {FOR_PARTIES}")
    company = serializers.SlugField(source="company.slug", allow_null=True, help_text="Null for a party outside, or one without a page.")
    name = serializers.CharField(source="company.name")
    name_zh = serializers.CharField(source="company.name_zh", allow_blank=True)
    country = serializers.CharField(source="company.country", help_text="ISO 3166-1 alpha-2.")
    role = serializers.CharField(help_text="supplier, customer or other; empty where nobody said.")


class PartyColumns(PartyRow):
    outside_name = serializers.CharField()
    outside_country = serializers.CharField(source="country")


class ConfirmationRow(Row):
    id = serializers.IntegerField()
    party = serializers.IntegerField(source="party_id", allow_null=True, help_text="Null once a correction took the party out.")
    party_name = serializers.CharField()
    version = serializers.IntegerField()
    answer = serializers.ChoiceField(choices=Confirmation.Answer.choices)
    reason = serializers.CharField()
    way = serializers.ChoiceField(choices=Confirmation.Way.choices)
    name = serializers.CharField(help_text="What somebody typed who came by link. Empty for others than the organiser.")
    at = serializers.DateTimeField()


class AgreementLinkRow(Row):
    id = serializers.IntegerField()
    party = serializers.IntegerField(source="party_id")
    version = serializers.IntegerField()
    email = serializers.CharField()
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class AgreementRow(Row):
    id = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True, help_text="Given when recorded, without gaps in the edition; null for a draft.")
    edition = serializers.SlugField(source="edition.slug")
    title = serializers.CharField(help_text="Empty when anonymous.")
    kind = serializers.ChoiceField(choices=Agreement.Kind.choices)
    chain = serializers.SlugField(source="chain.slug")
    segment = SegmentShortRow(allow_null=True)
    signed_on = serializers.DateField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True, help_text="Null when not disclosed.")
    currency = serializers.CharField()
    is_undisclosed = serializers.BooleanField()
    amount_cny = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, help_text="At the edition's stated rate.")
    is_anonymous = serializers.BooleanField(source=WORKED_OUT, help_text="Title and parties are kept back.")
    status = serializers.ChoiceField(choices=Agreement.Status.choices)
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")
    parties = PartyRow(many=True, source=WORKED_OUT)
    visibility = serializers.ChoiceField(choices=Agreement.Visibility.choices, allow_null=True, help_text=f"Who sees it. {FOR_PARTIES}")
    recorded_at = serializers.DateTimeField(allow_null=True, help_text=FOR_PARTIES)
    rate_used = serializers.DecimalField(max_digits=14, decimal_places=6, allow_null=True, help_text=f"CNY for one unit. {FOR_PARTIES}")
    document_sha256 = serializers.CharField(allow_null=True, help_text=f"Of the signed paper, empty where none is kept. {FOR_PARTIES}")
    version = serializers.IntegerField(help_text="Counts the corrections, from 1. A party answers to one version.")
    submitted_at = serializers.DateTimeField(allow_null=True, help_text=f"When it was sent to the parties. {FOR_PARTIES}")
    verified_at = serializers.DateTimeField(allow_null=True, help_text=FOR_PARTIES)
    drafted_for = serializers.SlugField(
        source="drafted_for.slug", allow_null=True, help_text=f"The company that wrote it down. Null for the organiser's. {FOR_PARTIES}"
    )
    meeting = serializers.IntegerField(source="meeting_id", allow_null=True, help_text=f"Id of the meeting that it came of. {FOR_PARTIES}")
    offer = serializers.IntegerField(source="offer_id", allow_null=True, help_text=FOR_PARTIES)
    sourcing_request = serializers.IntegerField(source="sourcing_request_id", allow_null=True, help_text=FOR_PARTIES)
    confirmations = ConfirmationRow(
        many=True, allow_null=True, help_text=f"What the parties said, oldest first, of every version. {FOR_PARTIES}"
    )
    introduced_by = serializers.SlugField(
        source="introduction.introducer.slug", allow_null=True, help_text=f"Who says that it brought the parties together. {FOR_PARTIES}"
    )
    introduction_note = serializers.CharField(source="introduction.note", allow_null=True, help_text=FOR_PARTIES)
    is_introduction_credited = serializers.BooleanField(
        source=WORKED_OUT, allow_null=True, help_text=f"Every registered party but the introducer has said yes. {FOR_PARTIES}"
    )
    dispute_reason = serializers.CharField(allow_null=True, help_text=f"Empty where it is not disputed. {FOR_PARTIES}")
    void_reason = serializers.CharField(allow_null=True, help_text=f"Empty where it is not void. {FOR_PARTIES}")
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True, help_text=f"Id of the one that stays. {FOR_STAFF}")
    external_id = serializers.CharField(allow_null=True, help_text=f"The organiser's own reference. {FOR_STAFF}")


class AgreementColumns(AgreementRow):
    """The same with what decides how much of it is sent."""

    parties = PartyColumns(many=True)
    introduction_ended_at = serializers.DateTimeField(source="introduction.ended_at")


class CellRow(Row):
    name = serializers.CharField(help_text="Empty for what was too small to stand alone.")
    chain = serializers.SlugField(allow_null=True)
    total = serializers.IntegerField()
    agreements = serializers.IntegerField(allow_null=True, help_text="Null where it is too small to be told.")
    intentions = serializers.IntegerField(allow_null=True)
    merged = serializers.IntegerField(help_text="How many lines were too small to stand alone.")


class OutcomeRow(Row):
    edition = serializers.SlugField()
    agreements = serializers.IntegerField()
    intentions = serializers.IntegerField()
    total = serializers.IntegerField()
    undisclosed = serializers.IntegerField(help_text="How many disclose no amount.")
    amount_cny = serializers.DecimalField(max_digits=22, decimal_places=2)
    amount_usd = serializers.DecimalField(max_digits=22, decimal_places=2, allow_null=True)
    cny_per_usd = serializers.DecimalField(max_digits=14, decimal_places=6, allow_null=True)
    by_chain = CellRow(many=True)
    by_country = CellRow(many=True)
    has_demo = serializers.BooleanField(help_text="Invented rows are counted.")


def agreements_sent(rows: list[Values], keys: list[int], *, visitor: rules.Person) -> list[Values]:
    """Return agreements, shaped with `AgreementColumns`, as the visitor may read them. Three queries, two for the organiser."""
    slugs = {party["company"] for row in rows for party in row["parties"] if party["company"]}
    with_page = set(Company.objects.visible_to(visitor).filter(slug__in=slugs).values_list("slug", flat=True))
    traced = rules.may_trace(visitor)
    known = set(keys) if traced else set(Agreement.objects.on_desk_of(visitor).filter(pk__in=keys).values_list("pk", flat=True))
    with_credit = set(Agreement.objects.filter(credited(), pk__in=known).values_list("pk", flat=True)) if known else set()
    return [
        agreement_sent(row, with_page, traced=traced, is_party=row["id"] in known, is_credited=row["id"] in with_credit) for row in rows
    ]


def agreement_sent(row: Values, with_page: set[str], *, traced: bool, is_party: bool, is_credited: bool) -> Values:
    """Return the agreement as the visitor may read it; of an anonymous one neither title nor parties."""
    whole = traced or is_party
    hidden = row["visibility"] != Agreement.Visibility.PUBLIC and not whole
    parties = [] if hidden else [party_sent(party, with_page, whole=whole) for party in row["parties"]]
    kept_back = () if traced else STAFF_FIELDS if is_party else (*STAFF_FIELDS, *PARTY_FIELDS)
    ended = row.pop("introduction_ended_at")
    said = {**row, "is_anonymous": hidden, "title": "" if hidden else row["title"], "parties": parties}
    said |= {"is_introduction_credited": is_credited, "introduced_by": None if ended else row["introduced_by"]}
    said["introduction_note"] = None if ended else row["introduction_note"]
    said["confirmations"] = [one if traced else one | {"name": ""} for one in row["confirmations"]]
    return said | dict.fromkeys(kept_back)


def party_sent(party: Values, with_page: set[str], *, whole: bool) -> Values:
    """Return a registered company or an outside party in one shape."""
    both = {"id": party["id"] if whole else None, "role": party["role"]}
    if party["company"] is None:
        return {**both, "company": None, "name": party["outside_name"], "name_zh": "", "country": party["outside_country"]}
    return {
        **both,
        **{name: party[name] for name in ("name", "name_zh", "country")},
        "company": party["company"] if party["company"] in with_page else None,
    }


def outcome_sent(edition: Edition, *, visitor: rules.Person) -> Values:
    """Return what came of the edition: totals, and of chains and countries just what the closing report tells the visitor. Eight queries."""
    found, parts = outcome(edition), breakdowns_of(edition, visitor=visitor)
    return {
        "edition": edition.slug,
        "agreements": found.agreements,
        "intentions": found.intentions,
        "total": found.total,
        "undisclosed": found.undisclosed,
        "amount_cny": f"{found.amount_cny:.2f}",
        "amount_usd": None if found.amount_usd is None else f"{found.amount_usd:.2f}",
        "cny_per_usd": found.usd_rate,
        "by_chain": [cell_sent(cell, chain=cell.key or None) for cell in parts.by_chain.cells],
        "by_country": [cell_sent(cell, chain=None) for cell in parts.by_country.cells],
        "has_demo": found.has_demo,
    }


def cell_sent(cell: Cell, *, chain: str | None) -> Values:
    """Return one line of a breakdown."""
    counts = {"total": cell.total, "agreements": cell.agreements, "intentions": cell.intentions, "merged": cell.merged}
    return {"name": "" if cell.merged else str(cell.name), "chain": chain, **counts}
