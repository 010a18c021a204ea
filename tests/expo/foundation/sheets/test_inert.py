"""Texts in a .csv, as programs of another country read them: with semicolons between the cells, and line ends that end rows."""

import csv
import io
import re
from itertools import product

import pytest

from expo.foundation.sheets.inert import inert, plain

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")


@pytest.mark.parametrize("text", ["x;=1+1", "x; @SUM(A1)", "x\n=1+1", 'x"\r\n-1', "x;\t=1", "x;'=1", "a;b;+c;\n=d"])
def test_no_cell_begins_a_formula_where_semicolons_separate_and_lines_end(text):
    out = io.StringIO(newline="")
    csv.writer(out).writerow(["a", inert(text)])
    cells = [cell for line in re.split(r"[\r\n]+", out.getvalue()) for cell in re.split("[;\t]", line)]
    assert not [cell for cell in cells if FORMULA.match(cell.strip('"'))]


def test_what_was_made_inert_comes_back_as_it_was():
    for signs in product("a;='\n -\t", repeat=5):
        text = "".join(signs)
        assert plain(inert(text)) == text
