"""The root of the error tree: what the house refuses, with the status and the code that both page and API show."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class Refused(Exception):
    """Something was asked that the house does not do.

    Attributes:
        code: stable machine word; part of the API's contract.
        status: HTTP status.
        detail: one sentence for the person.
        fields: sentences by field name, for forms and the API.
        data: what helps to go on, as plain values, for the API; mostly nothing.
    """

    code = "refused"
    status = 400
    detail: Words = _("That is not possible.")

    def __init__(self, detail: Words | None = None, *, fields: Mapping[str, Sequence[Words]] | None = None) -> None:
        self.data: dict[str, object] = {}
        if detail is not None:
            self.detail = detail
        self.fields = {name: [str(text) for text in texts] for name, texts in (fields or {}).items()}
        super().__init__(str(self.detail))


class Invalid(Refused):
    """The input cannot be read or breaks a rule of its fields."""

    code = "invalid"
    detail = _("Some fields need another look.")

    @classmethod
    def of(cls, fault: ValidationError, *, whole: str) -> "Invalid":
        """Return what the check of a row found; what concerns the row as a whole is said of the field `whole`."""
        found = dict(fault.message_dict)
        if rest := found.pop("__all__", []):
            found[whole] = [*found.get(whole, []), *rest]
        return cls(fields=found)


class NotAllowed(Refused):
    """The person may not do this."""

    code = "not_allowed"
    status = 403
    detail = _("You may not do this.")


class Busy(Refused):
    """Somebody else writes much at this moment, and the database did not come free in time. Nothing was stored."""

    code = "busy"
    status = 503
    detail = _("The site is storing a great deal at this moment. Nothing of yours was stored; try again in a minute.")


class Away(Refused):
    """The database does not answer. Whether the last write was stored is not known: it may have gone while saying so."""

    code = "unavailable"
    status = 503
    detail = _("The database does not answer at this moment. Try again in a minute, and look first whether what was sent last was stored.")


class Conflict(Refused):
    """Someone else was first, or the state of things has changed."""

    code = "conflict"
    status = 409
    detail = _("This was changed meanwhile. Look again and repeat if it still makes sense.")


class IllegalMove(Conflict):
    """The thing is not in a state from which this step leads anywhere."""

    code = "illegal_move"
    detail = _("This step is not possible now.")
