"""How large a spreadsheet may be, and what a process that reads one may use."""

MEBIBYTE = 1024 * 1024

LARGEST_FILE = 20 * MEBIBYTE
MOST_PARTS = 200
LARGEST_PART = 20 * MEBIBYTE
LARGEST_PARTS = {"xl/worksheets/": 200 * MEBIBYTE, "xl/sharedstrings.xml": 60 * MEBIBYTE, "xl/styles.xml": 4 * MEBIBYTE}
LARGEST_IN_ALL = 400 * MEBIBYTE
RATIO_FROM = 5 * MEBIBYTE
HIGHEST_RATIO = 100

MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_EMPTY_ROWS = 1_000
LONGEST_CELL = 32_767

MEMORY = 1024 * MEBIBYTE
CPU_SECONDS = 60
WAIT_SECONDS = 90
LARGEST_ANSWER = 400 * MEBIBYTE


class Unreadable(Exception):
    """Why a file is not read: a code that `process.SENTENCES` puts into words, and what stands in the sentence."""

    def __init__(self, code: str, **at: object) -> None:
        self.code, self.at = code, at
        super().__init__(code)
