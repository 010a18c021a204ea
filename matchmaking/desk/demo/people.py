"""The demo's people: three who can sign in, and one behind each company."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group

from expo.accounts.models import User
from expo.editions.models import Edition
from matchmaking.desk.demo.files import Places, read
from matchmaking.desk.roles import set_up_roles
from matchmaking.participants.models import Company, Member, Registration

ORGANISER = "organiser"
ORGANISERS = "Organiser"


@dataclass(frozen=True)
class Login:
    """One of the demo's three logins."""

    role: str
    email: str
    password: str


def demo_logins() -> list[Login]:
    """Return the logins as they were made on the first load; none when the demo was never loaded here."""
    kept = _kept()
    if not kept.exists():
        return []
    return [Login(*line.split()) for line in kept.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def organiser_of_demo() -> User:
    """Return the account of the demo's organiser."""
    return User.objects.get(email=next(login.email for login in demo_logins() if login.role == ORGANISER))


def add_people(edition: Edition) -> int:
    """Add who is missing: the logins, who stands behind each company, who asks to join. Return how many came."""
    before = User.objects.count()
    people = read("people")
    companies = {company.slug: company for company in Company.objects.filter(is_demo=True)}
    _add_logins(people["logins"], companies)
    _add_contacts(people["contacts"], companies)
    for entry in people["asks"]:
        if entry["company"] in companies:
            _member(companies[entry["company"]], _person(entry), Member.Status.ASKED, entry["job_title"])
    for entry in people["begun"]:
        _begin_registration(entry, companies, edition)
    return User.objects.count() - before


def _add_logins(entries: list[dict[str, str]], companies: dict[str, Company]) -> None:
    passwords = {login.email: login.password for login in demo_logins()}
    for entry in entries:
        person, is_new = _person_and_news(entry)
        if is_new or entry["email"] not in passwords:
            passwords[person.email] = passwords.get(person.email) or secrets.token_urlsafe(9)
            person.set_password(passwords[person.email])
            person.save(update_fields=["password"])
        if entry["role"] == ORGANISER:
            _let_organise(person)
        elif entry["company"] in companies:
            _member(companies[entry["company"]], person, Member.Status.ACTIVE)
    _keep([Login(entry["role"], entry["email"], passwords[entry["email"]]) for entry in entries])


def _let_organise(person: User) -> None:
    """Give the organiser the role of that name, and nothing more: no superuser in a demo."""
    if person.is_staff:
        return
    if not Group.objects.filter(name=ORGANISERS).exists():
        set_up_roles()
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    person.groups.add(Group.objects.get(name=ORGANISERS))


def _add_contacts(names: list[str], companies: dict[str, Company]) -> None:
    """Put a person behind every company that has nobody, so that it can be written to."""
    listed = [entry["slug"] for entry in read("companies")]
    cared_for = set(Member.objects.filter(company__in=companies.values()).values_list("company_id", flat=True))
    wanted = [(slug, name) for slug, name in zip(listed, names, strict=True) if slug in companies and companies[slug].pk not in cared_for]
    if not wanted:
        return
    unusable = UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30)
    people = [_contact(slug, name, unusable) for slug, name in wanted]
    known = set(User.objects.filter(email__in=[person.email for person in people]).values_list("email", flat=True))
    User.objects.bulk_create(person for person in people if person.email not in known)
    users = {user.email: user for user in User.objects.filter(email__in=[person.email for person in people])}
    Member.objects.bulk_create(
        Member(company=companies[slug], user=users[_address(slug)], role=Member.Role.OWNER, status=Member.Status.ACTIVE)
        for slug, _name in wanted
    )


def _contact(slug: str, name: str, password: str) -> User:
    language = User.Language.ENGLISH if name.isascii() else User.Language.CHINESE
    # Nobody reads their mail: on the console it would bury the logins.
    return User(email=_address(slug), full_name=name, language=language, password=password, wants_match_mail=False)


def _address(slug: str) -> str:
    return f"contact@{slug}.example"


def _person(entry: dict[str, str]) -> User:
    return _person_and_news(entry)[0]


def _person_and_news(entry: dict[str, str]) -> tuple[User, bool]:
    """Return the person, and whether they came just now. Their address counts as verified."""
    found = User.objects.filter(email=entry["email"]).first()
    if found is not None:
        return found, False
    made = User.objects.create_user(entry["email"], None, full_name=entry["name"], language=entry.get("language", "en"))
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made, True


def _member(company: Company, user: User, status: str, job_title: str = "") -> None:
    role = Member.Role.OWNER if status == Member.Status.ACTIVE else Member.Role.REPRESENTATIVE
    Member.objects.get_or_create(company=company, user=user, defaults={"role": role, "status": status, "job_title": job_title})


def _begin_registration(entry: dict[str, Any], companies: dict[str, Company], edition: Edition) -> None:
    company = companies.get(entry["company"])
    if company is None:
        return
    begun, is_new = Registration.objects.get_or_create(company=company, edition=edition, role=entry["role"])
    if is_new:
        begun.chains.set([Places.of(edition).chain(code) for code in entry["chains"]])


def _kept() -> Path:
    return Path(settings.VAR_DIR) / "demo-logins.txt"


def _keep(logins: list[Login]) -> None:
    lines = ["# Logins of the demo: role, e-mail address, password.", *(f"{login.role} {login.email} {login.password}" for login in logins)]
    text = "\n".join(lines) + "\n"
    kept = _kept()
    if kept.exists() and kept.read_text(encoding="utf-8") == text:
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(text, encoding="utf-8")
