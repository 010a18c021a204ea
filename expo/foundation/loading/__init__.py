"""Rows from files that people write: read, checked in full, and brought into the database in one transaction."""

from expo.foundation.loading.checking import check_folder
from expo.foundation.loading.plan import Plan, Row
from expo.foundation.loading.problems import FilesRefused, Problem
from expo.foundation.loading.sheets import Care, Sheet
from expo.foundation.loading.writing import Count, write

__all__ = ["Care", "Count", "FilesRefused", "Plan", "Problem", "Row", "Sheet", "check_folder", "write"]
