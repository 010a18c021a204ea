"""What hangs on an agreement: answers, links, introductions, milestones. Each row is what a line of the log says, and each line has its row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from expo.foundation.proving import Finding, Tell
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink, Introduction, IntroductionConsent, Milestone
from matchmaking.agreements.queries.checking.lines import Step, is_seeded

ANSWERS = {"confirm": Confirmation.Answer.CONFIRMED, "dispute": Confirmation.Answer.DISPUTED, "refuse": Confirmation.Answer.DISPUTED}


@dataclass
class Hanging:
    """What hangs on one agreement, as it stands."""

    answers: list[Confirmation] = field(default_factory=list)
    links: list[ConfirmationLink] = field(default_factory=list)
    claims: list[Introduction] = field(default_factory=list)
    consents: list[IntroductionConsent] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)


def hanging_on(keys: Iterable[int]) -> dict[int, Hanging]:
    """Return what hangs on these agreements, by their key. Five queries."""
    keys = list(keys)
    found = {key: Hanging() for key in keys}
    for name, model, of in (
        ("answers", Confirmation, "agreement_id"),
        ("links", ConfirmationLink, "agreement_id"),
        ("claims", Introduction, "agreement_id"),
        ("milestones", Milestone, "agreement_id"),
    ):
        for row in model._default_manager.filter(agreement__in=keys).order_by("pk"):
            getattr(found[getattr(row, of)], name).append(row)
    for consent in IntroductionConsent.objects.filter(introduction__agreement__in=keys).select_related("introduction").order_by("pk"):
        found[consent.introduction.agreement_id].consents.append(consent)
    return found


def prove_said(agreement: Agreement, steps: Sequence[Step], rows: Hanging, tell: Tell) -> None:
    """Tell of what hangs on an agreement and is not as the lines say. Of a demo row only what has lines is proved."""
    tale = _Tale(agreement, steps, tell, is_seeded=is_seeded(steps))
    parties = {party.pk for party in agreement.parties.all()}
    tale.prove_answers(rows.answers)
    tale.prove_links(rows.links, parties)
    tale.prove_introduction(rows.claims, rows.consents, parties)
    tale.prove_milestones(rows.milestones, parties)


@dataclass
class _Tale:
    agreement: Agreement
    steps: Sequence[Step]
    tell: Tell
    is_seeded: bool

    def say(self, code: str, row: Any, key: int, what: str) -> None:
        """Tell that something is wrong with a row of a table."""
        name = str(row._meta.verbose_name)
        of = f"agreement {self.agreement.label} (row {self.agreement.pk})"
        self.tell(Finding(code, f"{row._meta.label} {key}", f"The {name} {key} of {of} {what}."))

    def prove_answers(self, rows: Sequence[Confirmation]) -> None:
        there = {row.pk: row for row in rows}
        settled = [step for step in self.steps if step.verb == "settle" and step.data.get("as_confirmed")]
        for step in self.steps:
            key = step.data.get("confirmation")
            if step.verb not in ANSWERS or key is None:
                continue
            row = there.pop(key, None)
            if row is None:
                self.say("answer_missing", Confirmation, key, f"is gone: it was given on {step.at:%Y-%m-%d %H:%M} UTC")
            elif not _is_answer_of(row, step):
                self.say("answer_changed", Confirmation, key, "is not what the log says of it")
        for row in there.values():
            if not self.is_seeded and not any(_is_settling(row, step) for step in settled):
                self.say("answer_not_logged", Confirmation, row.pk, "was given by nobody: the log has no line of it")
        for step in settled:
            for key in step.data.get("confirmations", ()):
                if key not in there:
                    self.say("answer_missing", Confirmation, key, "is gone: it was written when a dispute was settled")

    def prove_links(self, rows: Sequence[ConfirmationLink], parties: set[int]) -> None:
        made = {step.data["link"]: step for step in self.steps if step.verb == "link_made"}
        used = {step.data["link"]: step for step in self.steps if step.verb == "link_used"}
        there = {row.pk: row for row in rows}
        for row in rows:
            step = made.get(row.pk)
            if step is None:
                if not self.is_seeded:
                    self.say("link_not_logged", ConfirmationLink, row.pk, "was made by nobody: the log has no line of it")
            elif not _is_link_of(row, step):
                self.say("link_changed", ConfirmationLink, row.pk, "is not the one that was made")
            elif not (used[row.pk].is_of(row.used_at) if row.pk in used else row.used_at is None):
                self.say("link_changed", ConfirmationLink, row.pk, "was not used when it says")
        for key, step in made.items():
            if key not in there and step.data["party"] in parties:
                self.say("link_missing", ConfirmationLink, key, "is gone")
        for key in used.keys() - made.keys():
            self.say("link_not_logged", ConfirmationLink, key, "was used, but never made")

    def prove_introduction(self, claims: Sequence[Introduction], consents: Sequence[IntroductionConsent], parties: set[int]) -> None:
        claim, said, is_over = _told_of_introduction(self.steps)
        if claim is None:
            if not self.is_seeded:
                for row in claims:
                    self.say("introduction_not_logged", Introduction, row.pk, "was claimed by nobody: the log has no line of it")
            return
        if not claims:
            self.tell(
                Finding(
                    "introduction_missing",
                    f"{Agreement._meta.label} {self.agreement.pk}",
                    f"The introduction of agreement {self.agreement.label} (row {self.agreement.pk}) is gone.",
                )
            )
            return
        row = claims[0]
        if row.introducer_id != claim.data["introducer"] or (row.ended_at is not None) != is_over or not claim.is_by(row.claimed_by_id):
            self.say("introduction_changed", Introduction, row.pk, "is not what the log says of it")
        for consent in consents:
            step = said.pop(consent.party_id, None)
            if step is None or step.data.get("answer", "yes") != consent.answer or not step.is_by(consent.person_id):
                self.say("consent_changed", IntroductionConsent, consent.pk, "is not what the party said")
        for party in said.keys() & parties:
            says = f"What party {party} said to the introduction of agreement {self.agreement.label} (row {self.agreement.pk}) is gone."
            self.tell(Finding("consent_missing", f"{Introduction._meta.label} {row.pk}", says))

    def prove_milestones(self, rows: Sequence[Milestone], parties: set[int]) -> None:
        told: dict[tuple[int, int], dict[str, Step]] = {}
        for step in self.steps:
            if step.verb == "milestone":
                told.setdefault((step.data["party"], step.data["days"]), {})[step.data["step"]] = step
        for row in rows:
            if not _is_milestone_of(row, told.pop((row.party_id, row.days), {})) and not self.is_seeded:
                self.say("milestone_changed", Milestone, row.pk, "is not what the log says of it")
        for party, days in told:
            if party in parties:
                says = f"What was asked of party {party} after {days} days about agreement {self.agreement.label} (row {self.agreement.pk}) is gone."
                self.tell(Finding("milestone_missing", f"{Agreement._meta.label} {self.agreement.pk}", says))


def _is_answer_of(row: Confirmation, step: Step) -> bool:
    data = step.data
    given = (row.version, row.answer, row.way, row.reason)
    logged = (data.get("of_version"), ANSWERS[step.verb], data.get("way"), data.get("reason", ""))
    return given == logged and row.party_id in {None, data.get("party")} and step.is_by(row.person_id) and step.is_of(row.at)


def _is_settling(row: Confirmation, step: Step) -> bool:
    written = (row.version, row.answer, row.way, row.reason)
    settled = (step.data.get("version"), Confirmation.Answer.CONFIRMED, Confirmation.Way.STAFF, step.data.get("reason"))
    is_named = row.pk in step.data.get("confirmations", [row.pk])
    return is_named and written == settled and step.is_by(row.person_id) and step.is_of(row.at)


def _is_link_of(row: ConfirmationLink, step: Step) -> bool:
    data = step.data
    return (
        (row.party_id, row.version) == (data["party"], data["version"])
        and row.digest.startswith(data.get("digest", ""))
        and row.made_by_id in {None, data.get("made_by", step.actor)}
        and step.is_of(row.made_at)
    )


def _told_of_introduction(steps: Iterable[Step]) -> tuple[Step | None, dict[int, Step], bool]:
    """Return the newest claim, what the parties said to it, by the party, and whether it was taken back."""
    claim, said, is_over = None, dict[int, Step](), False
    for step in steps:
        if step.verb == "introduce":
            claim, is_over = step, False
            said = dict.fromkeys(step.data.get("consented", ()), step)
        elif step.verb == "consent":
            said[step.data["party"]] = step
        elif step.verb == "introduction_ended":
            is_over = True
    return claim, said, is_over


def _is_milestone_of(row: Milestone, told: Mapping[str, Step]) -> bool:
    answered = told.get("answered")
    if (row.asked_at is not None) != ("asked" in told) or (row.reminded_at is not None) != ("reminded" in told):
        return False
    if answered is None:
        return not row.stage and row.answered_at is None
    said = (row.stage, row.way) == (answered.data["stage"], answered.data["way"])
    return said and answered.is_by(row.person_id) and answered.is_of(row.answered_at)
