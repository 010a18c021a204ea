from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expo.foundation.sheets.kinds import Sheet


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Spreadsheet"),
        help_text=_("An .xlsx or .csv file of up to 20 MB and 100,000 rows, with the template's headings."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,text/csv"}),
        error_messages={"required": _("Choose the file."), "empty": _("This file is empty.")},
    )

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, (label, answers) in sheet.choices.items():
            self.fields[key] = forms.ChoiceField(label=str(label), choices=answers, initial=answers[0][0], widget=forms.RadioSelect)

    @property
    def options(self) -> dict[str, str]:
        """What was chosen beside the file."""
        return {name: str(value) for name, value in self.cleaned_data.items() if name != "file"}
