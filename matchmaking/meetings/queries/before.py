"""What a person reads before a question is sent: to whom, about what, which times, until when, and how many questions are left."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import LANGUAGE_NAMES, User
from matchmaking.marketplace.cards import hides_buyer
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.meetings import rules
from matchmaking.meetings.models import Meeting, MeetingRequest, MeetingSetup, Side, Slot
from matchmaking.meetings.queries.clashes import without_clashes
from matchmaking.meetings.queries.entries import own_registrations
from matchmaking.meetings.queries.free import colleagues_of, free_slots, setup_of, tongues_between
from matchmaking.participants.models import Company, Registration

MOST_OF_EACH = 30
MODELS: dict[str, Any] = {"offer": Offer, "request": SourcingRequest}


@dataclass
class Subject:
    """Who would be asked, and the postings that the button pressed names."""

    receiver: Registration
    pressed: list[Posting] = field(default_factory=list)

    @property
    def is_hidden(self) -> bool:
        """Whether the receiver's name is not told before it accepts."""
        return any(posting.registration_id == self.receiver.pk and hides_buyer(posting) for posting in self.pressed)

    @property
    def name(self) -> str:
        """The company that would be asked, as the person may read it."""
        return _("the buyer") if self.is_hidden else self.receiver.company.title


@dataclass
class Before:
    """What is known before `sender` asks. `senders` are the person's registrations that may ask; without one, nobody asks.

    `free` are the times that are free for both companies, for one's own alone while the other is hidden; `suiting` those of them at which the person is not elsewhere, if there are any.
    """

    subject: Subject
    setup: MeetingSetup | None
    senders: list[Registration]
    sender: Registration | None
    now: datetime
    postings: list[Posting] = field(default_factory=list)
    free: list[Slot] = field(default_factory=list)
    suiting: list[Slot] = field(default_factory=list)
    people: dict[int, list[User]] = field(default_factory=dict)
    partners: list[Registration] = field(default_factory=list)
    open_now: int = 0
    open_request: MeetingRequest | None = None
    meeting: Meeting | None = None
    acting_for: Registration | None = None

    @property
    def query(self) -> str:
        """What the addresses of pages that go on with it end with, where staff acts for the sender."""
        return f"?acting_for={self.acting_for.pk}" if self.acting_for is not None else ""

    @property
    def is_open(self) -> bool:
        """Whether booking is open."""
        return self.setup is not None and rules.is_open(self.setup, self.now)

    @property
    def most(self) -> int:
        """How many unanswered questions a registration may have."""
        return self.setup.open_requests if self.setup is not None else 0

    @property
    def left(self) -> int:
        """How many more questions the sender may send."""
        return max(0, self.most - self.open_now)

    @property
    def chooses_time(self) -> bool:
        """Whether the two choose the time; else the organiser's planner does."""
        return self.setup is not None and self.setup.scheduling == MeetingSetup.Scheduling.PARTICIPANTS

    @property
    def answered_at_once(self) -> bool:
        """Whether the edition accepts for the one who is asked."""
        return self.setup is not None and self.setup.approval == MeetingSetup.Approval.AUTO_ACCEPT

    @property
    def ends(self) -> datetime | None:
        """Until when the other side would answer, for the first free time."""
        if self.setup is None:
            return None
        return rules.expires_at(self.setup.edition, self.suiting[0] if self.suiting and self.chooses_time else None, self.now)

    @cached_property
    def tongues(self) -> tuple[list[str], list[str]]:
        """What the two sides speak, in their own words for it."""
        sides = [self.sender.company_id if self.sender is not None else 0, self.subject.receiver.company_id]
        ours, theirs = ({code for one in self.people.get(company, []) for code in one.spoken} for company in sides)
        theirs = set() if self.subject.is_hidden else theirs  # It would tell few companies from the others.
        return [LANGUAGE_NAMES.get(code, code) for code in sorted(ours)], [LANGUAGE_NAMES.get(code, code) for code in sorted(theirs)]

    @property
    def lacks_language(self) -> bool:
        """Whether nobody of the one side speaks a language of the other."""
        if self.sender is None:
            return False
        sides = (self.sender.company_id, self.subject.receiver.company_id)
        return bool(tongues_between(*(self.people.get(company, []) for company in sides)))


def subject_of(person: User, *, offer: int | None, request: int | None, company: str) -> Subject | None:
    """Return whom the person would ask: the one behind the posting that is not their own, or the company's exhibitor; None for nobody.

    What the person may not see is not there. Up to four queries.
    """
    pressed = [one for kind, pk in (("offer", offer), ("request", request)) if pk and (one := _posting(person, kind, pk))]
    mine = set(Registration.objects.of(person).values_list("pk", flat=True))
    theirs = next((one for one in pressed if one.registration_id not in mine), None)
    if theirs is not None:
        receiver = Registration.objects.select_related("company", "edition", "booth__hall", "led_by__booth__hall").get(
            pk=theirs.registration_id
        )
        return Subject(receiver, [one for one in pressed if one.registration_id in mine or one.registration_id == receiver.pk])
    if not company:
        return None
    seen = Registration.objects.visible_to(person).verified().filter(company__in=Company.objects.visible_to(person).filter(slug=company))
    seen = seen.filter(edition__is_current=True).exclude(pk__in=mine)
    exhibitor = seen.select_related("company", "edition", "booth__hall", "led_by__booth__hall").order_by("role", "pk").last()
    return Subject(exhibitor) if exhibitor is not None else None


def _posting(person: User, kind: str, pk: int) -> Posting | None:
    found: Posting | None = MODELS[kind].objects.visible_to(person).filter(pk=pk).select_related("segment__chain").first()
    return found if found is not None and found.is_open else None


def before_asking(
    person: User, subject: Subject, *, wanted: int | None = None, acting_for: Registration | None = None, now: datetime | None = None
) -> Before:
    """Read all that is said before a question is sent. `wanted` is the person's registration that asks. At most twenty queries.

    `acting_for` is the registration for which staff asks; then it alone may be the sender.
    """
    now = now or timezone.now()
    receiver = subject.receiver
    setup = setup_of(receiver.edition_id)
    rights = list(setup.rights.all()) if setup is not None else []
    senders = [
        one
        for one in ([acting_for] if acting_for is not None else own_registrations(person, receiver.edition))
        if one.company_id != receiver.company_id and rules.may_ask(rights, one, receiver) and rules.may_see(rights, one, receiver)
    ]
    named = {posting.registration_id for posting in subject.pressed}
    senders.sort(key=lambda one: (one.pk != wanted, one.pk not in named))
    before = Before(subject, setup, senders, senders[0] if senders else None, now, acting_for=acting_for)
    if before.sender is None or setup is None:
        return before
    before.people = colleagues_of([before.sender.company_id, receiver.company_id])
    before.open_now = MeetingRequest.objects.pending().filter(sender=before.sender, waits_for=Side.RECEIVER, is_proposal=False).count()
    before.postings = _postings(person, before.sender, subject)
    before.partners = _partners(before.sender, receiver, is_hidden=subject.is_hidden)
    before.open_request, before.meeting = _between(person, before.sender, subject)
    if before.chooses_time:
        before.free = free_slots(before.sender, *([] if subject.is_hidden else [receiver]), now=now)
        suiting = without_clashes(before.free, person) if acting_for is None else before.free
        before.suiting = suiting or before.free
    return before


def _postings(person: User, sender: Registration, subject: Subject) -> list[Posting]:
    """Return what the meeting could be about: what the button named, then open postings of the two. A hidden buyer's others stay hidden."""
    sides = [sender.pk] if subject.is_hidden else [sender.pk, subject.receiver.pk]
    known = {(one.kind, one.pk) for one in subject.pressed}
    pressed = [one for one in subject.pressed if one.registration_id in {sender.pk, subject.receiver.pk}]
    more: list[Posting] = []
    for model in MODELS.values():
        rows = model.objects.visible_to(person).published().filter(registration__in=sides).select_related("segment__chain").order_by("-pk")
        more += [one for one in rows[:MOST_OF_EACH] if (one.kind, one.pk) not in known and not _gives_away(one, sender)]
    return [*pressed, *sorted(more, key=lambda one: one.registration_id == sender.pk)]


def _gives_away(posting: Posting, sender: Registration) -> bool:
    """Whether listing the posting beside a name would tell whose it is."""
    return posting.registration_id != sender.pk and hides_buyer(posting)


def _partners(sender: Registration, receiver: Registration, *, is_hidden: bool) -> list[Registration]:
    leaders = [sender.pk] if is_hidden else [sender.pk, receiver.pk]
    rows = Registration.objects.verified().filter(led_by__in=leaders).exclude(pk__in=[sender.pk, receiver.pk])
    return list(rows.select_related("company").order_by("company__name")[:MOST_OF_EACH])


def _between(person: User, sender: Registration, subject: Subject) -> tuple[MeetingRequest | None, Meeting | None]:
    """Return what is open between the two companies already, as far as the person may see it. Nothing where it would name a hidden buyer."""
    if subject.is_hidden:
        return None, None
    low, high = sorted([sender.company_id, subject.receiver.company_id])
    pair = Q(edition=sender.edition_id, pair_low=low, pair_high=high)
    unknown = Q(is_veiled=True, sender__company=sender.company_id)  # Asked without knowing whom: it must not be found under a name.
    request = MeetingRequest.objects.visible_to(person).pending().filter(pair).exclude(unknown).first()
    over = Q(slot__ends_at__lte=timezone.now())
    mine = MeetingRequest.objects.filter(pair)
    meeting = Meeting.objects.visible_to(person).live().filter(request__in=mine).exclude(over).first()
    return request, meeting


def chosen_postings(postings: Sequence[Posting], keys: Sequence[str]) -> list[Posting]:
    """Return those of the postings that the keys name, as "offer-12"."""
    return [one for one in postings if key_of(one) in keys]


def key_of(posting: Posting) -> str:
    """Return what names a posting in a form."""
    return f"{posting.kind}-{posting.pk}"
