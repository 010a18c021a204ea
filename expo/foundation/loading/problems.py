"""What is wrong with a file: where it stands, and what was expected there."""

from collections.abc import Iterable
from dataclasses import dataclass

from expo.foundation.errors import Invalid


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend: file, line (0: the file as a whole), entry, field, and what was expected."""

    file: str
    line: int
    entry: str
    field: str
    text: str

    def __str__(self) -> str:
        place = [self.file, f"line {self.line}" if self.line else "", self.entry, self.field]
        return f"{', '.join(part for part in place if part)}: {self.text}"


class FilesRefused(Invalid):
    """Nothing was loaded, because of these problems."""

    code = "files_refused"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
