"""What this room refuses."""

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict, Invalid


class RunUnderWay(Conflict):
    """An edition has one run at a time."""

    code = "run_under_way"
    detail = _("A matching run of this edition is under way. What is written meanwhile is taken in when it ends.")


class PostingClosed(Conflict):
    """A verdict is of two postings that are open."""

    code = "posting_closed"
    detail = _("One of the two is not open any more, so there is nothing to decide here.")


class NotMatched(Conflict):
    """A verdict is of a pair that the matcher brought together: it is no way to write to everybody."""

    code = "not_matched"
    detail = _("These two are not matched. Look at the list of matches again.")


class VerdictReasonMissing(Invalid):
    """Who turns a match down says why: the next run and the other lists learn from it."""

    code = "reason_missing"
    detail = _("Say why it is not for you: choose one of the reasons.")

    def __init__(self) -> None:
        super().__init__(fields={"reason": [self.detail]})
