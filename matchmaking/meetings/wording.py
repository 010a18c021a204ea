"""Steps in words."""

from django.utils.translation import gettext_lazy as _

# What is said of a step in the mail to those for whom it was done, and in the list of such steps.
STEPS = {
    "meeting_request.sent": _("asked another company to meet"),
    "meeting_request.accepted": _("accepted a request to meet"),
    "meeting_request.declined": _("declined a request to meet"),
    "meeting_request.countered": _("proposed another time for a request"),
    "meeting_request.withdrawn": _("took a request to meet back"),
    "meeting_request.message": _("wrote to the other side"),
    "meeting.move_proposed": _("proposed another time for a meeting"),
    "meeting.moved": _("took the new time for a meeting"),
    "meeting.move_declined": _("kept the old time of a meeting"),
    "meeting.move_withdrawn": _("took the proposed time back"),
    "meeting.cancelled": _("cancelled a meeting"),
    "meeting.handed_over": _("named who comes to a meeting"),
    "meeting.checked_in": _("checked in for a meeting"),
    "meeting.outcome_said": _("said how a meeting went"),
    "meeting.rated": _("rated a meeting"),
    "meeting_time.kept_free": _("kept times free"),
    "meeting_time.freed": _("let times be booked again"),
}
