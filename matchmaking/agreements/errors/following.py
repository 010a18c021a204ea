"""What comes after signing: the questions of milestones, and frozen reports."""

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict
from matchmaking.agreements.errors.base import FieldRefused
from matchmaking.agreements.errors.links import LinkRefused


class MilestoneOver(LinkRefused):
    """A question about what became of an agreement that is open no more."""

    code = "milestone_over"
    detail = _("This question is open no more: the next one is due, or its sixty days are over, or the agreement does not stand any more.")


class MilestoneNotDue(Conflict):
    """A question that nobody was asked yet."""

    code = "milestone_not_due"
    detail = _("This question is not asked yet. It can be answered from the day on which it is due.")


class ClosingNeedsReason(FieldRefused):
    """Closed, and nobody says why."""

    code = "closing_needs_reason"
    field = "closed_reason"
    detail = _("Say in a few words why it is closed, in at most 500 characters.")


class NoteTooLong(FieldRefused):
    """A note longer than is kept."""

    code = "note_too_long"
    field = "note"
    detail = _("A note has at most 1,000 characters.")


class ReportTooEarly(Conflict):
    """A closing report of an edition that has not begun."""

    code = "report_too_early"
    detail = _("A report can be frozen from the first day of the edition on.")


class ReportNoteTooLong(NoteTooLong):
    """More of a note than is kept with a frozen report."""

    detail = _("A note has at most 500 characters.")


class NotWhatWasFrozen(Conflict):
    """A frozen report whose content somebody changed behind the site's back."""

    code = "not_what_was_frozen"
    detail = _("This report is not what was frozen: its content does not have the hash that was stored with it.")
