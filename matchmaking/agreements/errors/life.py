"""What cannot be done with an agreement as it stands."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict
from matchmaking.agreements.errors.base import FieldRefused

if TYPE_CHECKING:
    from matchmaking.agreements.models import Agreement


class ChangedMeanwhile(Conflict):
    """Somebody saved the draft between reading and saving."""

    detail = _("Somebody else changed this draft meanwhile. Look at it again before you save.")


class LikelyDuplicate(Conflict):
    """One like it is written down already."""

    code = "likely_duplicate"

    def __init__(self, found: "Sequence[Agreement]") -> None:
        self.found = list(found)
        labels = ", ".join(f"{agreement.label} ({agreement.pk})" for agreement in found)
        words = _t("Agreements like this one are written down already: %(labels)s. Say so if this is another one.")
        super().__init__(words % {"labels": labels})


class TooManySent(Conflict):
    """A company has sent more drafts than others can answer."""

    code = "too_many_sent"
    detail = _("Twenty agreements of your company wait for an answer already. Send the next one when one of them is answered.")


class AnsweredAlready(Conflict):
    """The party has confirmed this very version."""

    code = "answered_already"
    detail = _("This party has confirmed this version already. Nothing was changed.")


class EditionFixed(FieldRefused):
    """The number on record belongs to the edition."""

    code = "edition_fixed"
    field = "edition"
    detail = _("The number belongs to the edition: void this one and record it there.")


class NothingCorrected(FieldRefused):
    """A correction that changes nothing."""

    code = "nothing_corrected"
    field = "title"
    detail = _("Nothing is different from what is on record.")


class MergeElsewhere(FieldRefused):
    """Two rows that cannot be one: the same one, of two editions, or one that does not stand."""

    code = "merge_elsewhere"
    field = "into"
    detail = _("Choose another agreement of the same edition that is on record and not void.")
