from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Conflict, Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from expo.foundation.staff import acts_as_staff
from expo.foundation.text import one_line
from matchmaking.participants import queries, rules
from matchmaking.participants.errors import CompanyExists, IdentityIsChecked
from matchmaking.participants.logos import reencoded
from matchmaking.participants.models import Block, Company, Member
from matchmaking.participants.names import domain_of, name_key

IDENTITY = ("name", "country", "website")
EDITABLE = (*IDENTITY, "name_zh", "kind", "about_en", "about_zh", "external_id")
SLUG_ATTEMPTS = 20
LONGEST_ABOUT = 4000


def found_company(
    *,
    by: User,
    name: str,
    country: str,
    name_zh: str = "",
    kind: str = "company",
    website: str = "",
    about_en: str = "",
    about_zh: str = "",
    external_id: str = "",
) -> Company:
    """Create a company with `by` as its owner. It is visible to nobody else until a registration of it is verified.

    `external_id` is the company's number at home: unique among those that `by` has given, whatever others use.

    Raises:
        NotAllowed: nobody is signed in.
        Invalid: a field is wrong, by field.
        CompanyExists: there is one of that name in that country, or with that website.
    """
    if not by.is_active:
        raise NotAllowed
    said = {"name_zh": name_zh, "kind": kind, "website": website, "about_en": about_en, "about_zh": about_zh, "external_id": external_id}
    return _created(Company(name=name, country=country, **said), by=by, owner=by)


def add_company(*, by: User, **fields: Any) -> Company:
    """Create a company that nobody stands for yet, as the organiser; `fields` as in `found_company`, and `is_demo`, `fortune_global_500`.

    Raises:
        NotAllowed: `by` is not staff who may add companies.
        Invalid, CompanyExists: as `found_company`.
    """
    if not rules.may_add_company(by):
        raise NotAllowed
    return _created(Company(**fields), by=by, owner=None)


def _created(company: Company, *, by: User, owner: User | None) -> Company:
    company.external_id_by = by if company.external_id else None
    _prepare(company)
    for _attempt in range(SLUG_ATTEMPTS):
        company.slug = free_slug(company)
        try:
            with transaction.atomic():
                company.save(force_insert=True)
                if owner is not None:
                    Member.objects.create(company=company, user=owner, role=Member.Role.OWNER, status=Member.Status.ACTIVE)
                log(company, "found_company", by=by, country=company.country.code)
        except IntegrityError:
            # Somebody was quicker with the same company or reference, or with the same address only: then the next address is tried.
            _refuse_second(company)
            _refuse_taken_reference(company)
        else:
            return company
    raise Conflict


@transaction.atomic
def edit_company(company: Company, *, by: User, **fields: Any) -> Company:
    """Change what a company says of itself; fields that are not given stay. Return the row as stored.

    Raises:
        NotAllowed: `by` does not manage it.
        IdentityIsChecked: name, country or website would change although the organiser has them before them; staff may.
        Invalid: a field is wrong or not one that is edited, by field.
        CompanyExists: it would become one that is here already.
    """
    company = locked(company)
    if not rules.may_manage(by, company):
        raise NotAllowed
    unknown = sorted(set(fields) - set(EDITABLE))
    if unknown:
        raise Invalid(fields={name: [_("This is not edited here.")] for name in unknown})
    changed = sorted(name for name, value in fields.items() if getattr(company, name) != value)
    if set(changed) & set(IDENTITY) and not acts_as_staff(by) and rules.identity_is_checked(company):
        raise IdentityIsChecked
    for name in changed:
        setattr(company, name, fields[name])
    if "external_id" in changed:
        company.external_id_by = by if company.external_id else None
    _prepare(company)
    try:
        with transaction.atomic():
            company.save()
    except IntegrityError:
        _refuse_second(company)
        _refuse_taken_reference(company)
        raise
    log(company, "edit_company", by=by, fields=changed)
    return company


def set_logo(company: Company, *, by: User, upload: File[bytes] | None) -> Company:
    """Replace the company's logo by the picture, or take it away with None. The old file is deleted once this is committed.

    Raises:
        NotAllowed: `by` does not manage the company.
        NotAnImage: see `logos.reencoded`.
    """
    if not rules.may_manage(by, company):
        raise NotAllowed
    # Decoding may take a second: it happens before the lock.
    data = reencoded(upload) if upload is not None else None
    with transaction.atomic():
        company = locked(company)
        storage, old = company.logo.storage, company.logo.name
        company.logo = None
        if data is not None:
            company.logo.save("logo.webp", ContentFile(data), save=False)
        company.save(update_fields=["logo", "changed_at"])
        log(company, "set_logo", by=by, present=data is not None)
        if old:
            transaction.on_commit(lambda: storage.delete(old))
    return company


@transaction.atomic
def block_company(company: Company, blocked: Company, *, by: User) -> Block:
    """See to it that the two never meet. Nobody but the company that sets it learns of it; setting it twice is once.

    Raises:
        NotAllowed: `by` does not manage `company`.
        Invalid: a company does not block itself.
    """
    if not rules.may_manage(by, company):
        raise NotAllowed
    if company.pk == blocked.pk:
        raise Invalid(_("A company cannot block itself."))
    block, is_new = Block.objects.get_or_create(company=company, blocked=blocked, defaults={"set_by": by})
    if is_new:
        log(block, "block_company", by=by, company=company.pk, blocked=blocked.pk)
    return block


@transaction.atomic
def unblock_company(company: Company, blocked: Company, *, by: User) -> None:
    """Lift the company's own block; without one nothing happens. Raises NotAllowed as `block_company`."""
    if not rules.may_manage(by, company):
        raise NotAllowed
    for block in Block.objects.select_for_update().filter(company=company, blocked=blocked):
        log(block, "unblock_company", by=by, company=company.pk, blocked=blocked.pk)
        block.delete()


def identify(company: Company) -> None:
    """Set the columns that say which company this is, from name and website. Nothing is saved."""
    company.name_key, company.domain = name_key(company.name), domain_of(company.website)


def free_slug(company: Company) -> str:
    """Return an address that no company has yet: from the name, else from the website, else by chance."""
    base = slugify(company.name)[:60].strip("-") or slugify(company.domain.replace(".", "-"))[:60].strip("-")
    if not base:
        return f"company-{get_random_string(8, 'abcdefghijkmnpqrstuvwxyz23456789')}"
    taken = set(Company.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 2
    slug = base
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


def _prepare(company: Company) -> None:
    for name in ("name", "name_zh", "external_id"):
        setattr(company, name, one_line(getattr(company, name)))
    for name in ("website", "about_en", "about_zh"):
        setattr(company, name, getattr(company, name).strip())
    try:
        company.clean_fields(exclude=["slug", "name_key", "domain", "logo"])
    except ValidationError as wrong:
        raise Invalid(fields=wrong.message_dict) from wrong
    if company.website and not company.website.lower().startswith(("http://", "https://")):
        raise Invalid(fields={"website": [_("Begin the address with https:// or http://.")]})
    too_long = [name for name in ("about_en", "about_zh") if len(getattr(company, name)) > LONGEST_ABOUT]
    if too_long:  # A text column does not check its length itself.
        raise Invalid(fields={name: [_("Keep it below 4,000 characters.")] for name in too_long})
    identify(company)
    if not company.name_key:
        raise Invalid(fields={"name": [_("Write the company's name.")]})
    _refuse_second(company)
    _refuse_taken_reference(company)


def _refuse_taken_reference(company: Company) -> None:
    """Only references of the same account are looked at: a refusal says nothing of the numbers that others use."""
    if not company.external_id or company.external_id_by_id is None:
        return
    mine = Company.objects.filter(external_id=company.external_id, external_id_by=company.external_id_by_id)
    if mine.exclude(pk=company.pk).exists():
        raise Invalid(fields={"external_id": [_("Another company of yours has this reference already.")]})


def _refuse_second(company: Company) -> None:
    other = queries.same_company(company)
    if other is not None:
        raise CompanyExists(other)
