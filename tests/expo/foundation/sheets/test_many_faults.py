from dataclasses import dataclass

from expo.foundation.sheets.checking import MOST_FAULTS, check_rows
from expo.foundation.sheets.columns import Column, Wrong
from expo.foundation.sheets.kinds import Scope, Sheet

worded: list[int] = []


class Counted(Wrong):
    def sentence(self):
        worded.append(1)
        return super().sentence()


@dataclass(frozen=True)
class NothingHolds(Column):
    def read(self, text):
        raise Counted("No.")


class Refusing(Sheet):
    def columns(self, scope):
        return [NothingHolds("one", "One"), NothingHolds("two", "Two")]

    def find(self, rows, scope, report):
        return {}


def test_a_file_full_of_faults_is_counted_to_its_end_and_put_into_words_only_as_far_as_it_is_told():
    worded.clear()
    rows = iter([(1, ["One", "Two"]), *((number, ["x", "y"]) for number in range(2, 5002))])
    found = check_rows(rows, Refusing(), Scope(None, None))
    assert (found.total, found.bad, len(found.faults)) == (5000, 5000, MOST_FAULTS)
    assert len(worded) == 2 * MOST_FAULTS, "each in both languages, and none that nobody reads"
