"""Lists of agreements as spreadsheets."""

from django.utils.translation import gettext_lazy as _

from expo.foundation.sheets.lists import Listing
from matchmaking.agreements.lists.figure import called, report_rows

LISTINGS = {"report-rows": Listing(_("Rows of a figure"), report_rows, called=called)}
