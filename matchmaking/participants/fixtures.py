"""What the expo's files may say of companies and of the editions they took part in."""

from collections.abc import Iterable, Iterator, Mapping

from expo.foundation.loading import Care, Plan, Problem, Row, Sheet
from expo.venue.models import Booth
from matchmaking.participants.models import Company, Member, Registration, SupplyLink
from matchmaking.participants.names import domain_of, name_key


def _finish_company(row: Row, _plan: Plan) -> None:
    row.values["name_key"] = name_key(row.values["name"])
    row.values["domain"] = domain_of(row.values["website"])
    if row.values["name"] and not row.values["name_key"]:
        row.wrong.append(("name", "expected a name with letters or digits in it"))


def _one_domain_each(plan: Plan, rows: list[Row]) -> Iterator[Problem]:
    keys = {pk: key for key, pk in plan.stored(COMPANIES).items()}
    taken = {
        domain: "/".join(keys.get(pk, ()))
        for pk, domain in Company.objects.exclude(domain="").values_list("pk", "domain")
        if keys.get(pk) not in plan.by_key[COMPANIES]
    }
    same = set(Company.objects.values_list("name_key", "country", "domain"))
    for row in rows:
        domain = row.values["domain"]
        if not domain or (row.values["name_key"], row.values["country"], domain) in same:
            continue
        owner = taken.setdefault(domain, row.label)
        if owner != row.label:
            yield row.problem("website", f'"{domain}" is taken already, by {owner}')


def _claimed(companies: Iterable[int]) -> set[int]:
    """Return those of the companies that somebody stands for."""
    members = Member.objects.filter(company__in=companies, status=Member.Status.ACTIVE)
    return set(members.values_list("company_id", flat=True))


def _care_of_companies(companies: Mapping[int, bool]) -> Mapping[int, Care]:
    return dict.fromkeys(_claimed(companies), Care.FILL)


def _care_of_registrations(registrations: Mapping[int, bool]) -> Mapping[int, Care]:
    """A registration made here is not touched; one from a file whose company people stand for is only completed."""
    company_of = dict(Registration.objects.filter(pk__in=registrations).values_list("pk", "company"))
    claimed = _claimed(company_of.values())
    care = {pk: Care.FILL for pk, company in company_of.items() if company in claimed}
    return care | {pk: Care.LEAVE for pk, from_file in registrations.items() if not from_file}


def _finish_registration(row: Row, _plan: Plan) -> None:
    if not row.values["evidence"]:
        row.wrong.append(("evidence", "is missing: say how it is known, for example exhibited"))


def _take_booths(registrations: list[int]) -> None:
    Booth.objects.filter(registration__in=registrations).exclude(status=Booth.Status.ASSIGNED).update(status=Booth.Status.ASSIGNED)


REGISTRATIONS = Sheet(
    name="editions",
    model=Registration,
    key=("company", "edition", "role"),
    parent="company",
    # Files hold what was published: who buys is not, and what was published needs no further review.
    always={"role": Registration.Role.EXHIBITOR.value, "status": Registration.Status.VERIFIED.value},
    fields=("edition", "evidence", "chains", "main_segment", "attendance", "booth", "pavilion", "led_by", "shown"),
    around={"booth": ("edition", "*"), "led_by": ("*", "edition", "role")},
    finish=_finish_registration,
    care=_care_of_registrations,
    after=_take_booths,
)
COMPANIES = Sheet(
    name="companies",
    model=Company,
    key=("slug",),
    fields=("slug", "name", "name_zh", "country", "kind", "website", "about", "fortune_global_500", "is_demo", "sources"),
    children=(REGISTRATIONS,),
    alike=("name_key", "country"),
    worked_out={"name_key": "name", "domain": "website"},
    finish=_finish_company,
    check=_one_domain_each,
    care=_care_of_companies,
)


def _finish_link(row: Row, _plan: Plan) -> None:
    for side in ("supplier", "customer"):
        if not row.values[side] and not (row.values[f"{side}_name"] and row.values[f"{side}_country"]):
            row.wrong.append((side, f"is missing: name one of the companies, or write {side}_name and {side}_country"))


SUPPLY_LINKS = Sheet(
    name="supply_links",
    model=SupplyLink,
    key=("key",),
    fields=(
        *("key", "supplier", "supplier_name", "supplier_name_zh", "supplier_country"),
        *("customer", "customer_name", "customer_name_zh", "customer_country"),
        *("item", "year", "supplier_segment", "customer_segment", "sources"),
    ),
    finish=_finish_link,
)
SHEETS = (COMPANIES, SUPPLY_LINKS)
