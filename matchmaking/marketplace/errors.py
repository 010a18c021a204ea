"""What this room refuses."""

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict, IllegalMove, Invalid, NotAllowed


class NotVerified(NotAllowed):
    """Only who takes part in the right role, verified by the organiser, posts."""

    code = "not_verified"
    detail = _("Only a verified exhibitor posts offers, and only a verified buyer posts requests.")


class NotEditable(IllegalMove):
    """The posting has come to its end; what was said stays said."""

    code = "not_editable"
    detail = _("This posting can no longer be changed.")


class NotAllPossible(IllegalMove):
    """Many were to take a step together, and some cannot: none did."""

    code = "not_all_possible"

    def __init__(self, words: str, fields: dict[str, list[str]]) -> None:
        super().__init__(words, fields=fields)


class TooManyAtOnce(Invalid):
    """More postings than one step takes."""

    code = "too_many_at_once"
    detail = _("At most 1,000 postings take a step at once. Filter the list, or bring a spreadsheet that hands them in.")


class HasRunOut(Conflict):
    """The posting's time is over; it has to be renewed."""

    code = "has_run_out"
    detail = _("Its time has run out. Renew it instead.")


class ReasonMissing(Invalid):
    """The author cannot act on a refusal without a reason."""

    code = "reason_missing"
    detail = _("Say what to change, so that the author can act on it.")


class UnreadableFile(Invalid):
    """The uploaded file is not a plain PDF."""

    code = "unreadable_file"
    detail = _("This file is not a PDF that the site takes.")


class CertificateEnded(Invalid):
    """A certificate is named whose last day is over."""

    code = "certificate_ended"
    detail = _("A certificate has ended already. Give the renewed date, or remove it.")


class QuotaExceeded(Invalid):
    """The company's files take more room than it has."""

    code = "quota_exceeded"
    detail = _("Your company's files take up 200 MB already. Remove one first.")
