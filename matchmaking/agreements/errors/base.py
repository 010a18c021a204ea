"""What refusals of several subjects build on."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Invalid, Words


class FieldRefused(Invalid):
    """A refusal about one field: the sentence is also found under `fields[field]`."""

    field: ClassVar[str] = ""

    def __init__(self, detail: Words | None = None, *, field: str = "") -> None:
        super().__init__(detail, fields={field or self.field: [detail if detail is not None else self.detail]})


class ReasonMissing(FieldRefused):
    """Striking, disputing or correcting without saying why."""

    code = "reason_missing"
    field = "reason"
    detail = _("Say why the agreement is void; the reason stays on record.")
