"""Write the table of who may open which door anew, to be read in the diff: `python -m tools.matrix`."""

import os
import subprocess
import sys

from tools.machine import PYTHON, ROOT, say

TABLE = ROOT / "tests" / "security" / "matrix.txt"
TEST = "tests/security/test_matrix.py::test_every_door_opens_for_exactly_those_whom_the_table_names"


def main() -> int:
    before = TABLE.read_text() if TABLE.exists() else ""
    TABLE.touch()
    environment = {**os.environ, "MATRIX_TO": str(TABLE)}
    subprocess.run([PYTHON, "-m", "pytest", "-q", "-n", "0", "-rP", TEST], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False)
    say("The table is as it was." if TABLE.read_text() == before else "The table changed: read `git diff tests/security/matrix.txt`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
