"""Column types and form fields that more than one room needs."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

CODE = re.compile(r"[A-Z0-9]{2,8}")
THOUSANDS = re.compile(r"\d{1,3}([,，]\d{3})+(\.\d+)?")


class CodesField(models.CharField):  # type: ignore[type-arg] # generic only in the stubs
    """A short set of codes ("DE", "FOB"), stored sorted as "DE,FR" and read as a tuple; empty means any.

    One column, so that a list page reads it without a second query; `__has` finds one code on both databases.
    """

    def __init__(self, *args: Any, codes: Iterable[tuple[str, Any]] | None = None, **kwargs: Any) -> None:
        self.codes = codes
        kwargs.setdefault("max_length", 600)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, *_args: Any) -> tuple[str, ...]:
        return tuple(value.split(",")) if value else ()

    def to_python(self, value: Any) -> Any:
        if value in (None, "", ()):
            return ()
        parts = value.split(",") if isinstance(value, str) else value
        return tuple(sorted({str(part).strip().upper() for part in parts if str(part).strip()}))

    def get_default(self) -> Any:
        return self.to_python(super().get_default())  # A new row reads like one from the database.

    def get_prep_value(self, value: Any) -> str:
        return ",".join(self.to_python(value))

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        codes = self.to_python(value)
        known = {code for code, _name in self.codes} if self.codes is not None else None
        wrong = [code for code in codes if not CODE.fullmatch(code) or (known is not None and code not in known)]
        if wrong:
            raise ValidationError(_("Unknown code: %(codes)s."), params={"codes": _(", ").join(wrong)}, code="unknown_code")
        if not codes and not self.blank:
            raise ValidationError(self.error_messages["blank"], code="blank")

    def run_validators(self, value: Any) -> None:
        super().run_validators(self.get_prep_value(value))

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> Any:
        if self.codes is None:
            return super().formfield(**kwargs)
        codes = self.codes  # Read again for each form: names of countries come in the language of the page.
        return forms.MultipleChoiceField(
            choices=lambda: list(codes), required=not self.blank, label=kwargs.get("label", self.verbose_name), help_text=self.help_text
        )


@CodesField.register_lookup
class Has(models.Lookup):
    """`ships_to__has="DE"`: the set holds this code."""

    lookup_name = "has"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        code = str(self.rhs).upper()
        if not CODE.fullmatch(code):
            return "1 = 0", []
        return f"(',' || {column} || ',') LIKE %s", [*params, f"%,{code},%"]


class TypedDecimalField(forms.DecimalField):
    """A decimal that may be typed as it is read: 1,000,000.50. A lone comma is not guessed at."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override] # as Django's own; the stubs mean its parent
        if isinstance(value, str):
            value = value.strip().replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
            if THOUSANDS.fullmatch(value):
                value = value.replace(",", "").replace("，", "")
        return super().to_python(value)
