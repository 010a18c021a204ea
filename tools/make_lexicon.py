"""Reduce CC-CEDICT to what the matching engine needs: Chinese words with the forms of their short English glosses.

    python -m tools.make_lexicon CEDICT_FILE [OUT]

CEDICT_FILE is the dictionary's own text file, packed or not. See matchmaking/matching/engine/data/README.md for source and licence.
"""

import argparse
import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from matchmaking.matching.engine.forms import form
from matchmaking.matching.engine.lexicon import LONGEST_WORD, SHIPPED
from matchmaking.matching.engine.plainwords import COMMON

LINE = re.compile(rf"^\S+ (?P<word>[\u4e00-\u9fff]{{2,{LONGEST_WORD}}}) \[[^\]]*\] /(?P<glosses>.*)/$")
SKIPPED = re.compile(r"(?i)^(surname|variant of|old variant|see |CL:|abbr\. for|used in|also written|also pr|Taiwan pr|same as|erhua)")
LONGEST_GLOSS, MOST_FORMS = 4, 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cedict", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=SHIPPED)
    options = parser.parse_args()
    opened = gzip.open if options.cedict.suffix == ".gz" else open
    with opened(options.cedict, "rt", encoding="utf-8") as lines:
        found = reduced(lines)
    with gzip.GzipFile(options.out, "wb", mtime=0) as out:
        for word in sorted(found):
            out.write(f"{word}\t{' '.join(found[word][:MOST_FORMS])}\n".encode())
    print(f"{len(found)} words in {options.out}")


def reduced(lines: Iterable[str]) -> dict[str, list[str]]:
    """Return the forms of the short glosses of each simplified word, in their order."""
    found: dict[str, list[str]] = {}
    for line in lines:
        match = LINE.match(line.strip())
        forms = list(dict.fromkeys(_forms(match["glosses"]))) if match else []
        if match and forms:
            known = found.setdefault(match["word"], [])
            known += [one for one in forms if one not in known]
    return found


def _forms(glosses: str) -> Iterator[str]:
    for gloss in glosses.split("/"):
        plain = re.sub(r"\([^)]*\)", " ", gloss).strip()
        if not plain or SKIPPED.match(plain) or re.search(r"[\u4e00-\u9fff]", plain):
            continue
        words = re.findall(r"[A-Za-z]{2,}", plain)
        for word in words if len(words) <= LONGEST_GLOSS else ():
            is_plain = not word[0].isupper() and form(word) not in COMMON and not form(word).isdigit()
            if is_plain or word.isupper():
                yield form(word)


if __name__ == "__main__":
    main()
