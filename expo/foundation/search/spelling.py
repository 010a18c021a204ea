"""Words that titles and names have, so that a typing error in one finds it."""

from collections.abc import Iterable

from django.db import transaction

from expo.foundation.models import SearchSlip, SearchWord
from expo.foundation.search import asked

SHORTEST = 4
LONGEST = 24
BLOCK = 1000
MOST_NEAR = 500


def learn(titles: Iterable[str]) -> None:
    """Keep the words of these columns of tokens that are not kept yet. One query when there is none."""
    words = sorted(words_of(titles))
    for at in range(0, len(words), BLOCK):
        block = words[at : at + BLOCK]
        new = sorted(set(block) - set(SearchWord.objects.filter(pk__in=block).values_list("pk", flat=True)))
        if new:
            SearchWord.objects.bulk_create([SearchWord(word=word) for word in new], ignore_conflicts=True)
            slips = [SearchSlip(slip=slip, word_id=word) for word in new for slip in sorted(slips_of(word))]
            SearchSlip.objects.bulk_create(slips, ignore_conflicts=True, batch_size=BLOCK)


def words_of(titles: Iterable[str]) -> set[str]:
    """Return the words of columns of tokens in which a typing error can be told."""
    return {token for title in titles for token in title.split(" ") if is_word(token)}


def keep_only(words: set[str]) -> int:
    """Forget every other word, and return how many went. Two queries for each thousand of them."""
    gone = sorted(set(SearchWord.objects.values_list("pk", flat=True)) - words)
    for at in range(0, len(gone), BLOCK):
        with transaction.atomic():
            SearchSlip.objects.filter(word__in=gone[at : at + BLOCK]).delete()
            SearchWord.objects.filter(pk__in=gone[at : at + BLOCK]).delete()
    return len(gone)


def is_word(token: str) -> bool:
    """Say whether a token is a Latin word in which a typing error can be told from another word."""
    return SHORTEST <= len(token) <= LONGEST and token.isascii() and token.isalpha()


def slips_of(word: str) -> set[str]:
    """Return the word, and the word without each of its letters."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _distance(word: str, other: str) -> tuple[int, int, int]:
    """Say how far apart two spellings are: same letters first, then the same first letter, then the same length."""
    return (sorted(word) != sorted(other), word[0] != other[0], abs(len(word) - len(other)))


def respelled(words: Iterable[str]) -> str:
    """Return the words with the likeliest kept word in place of each that no title has; '' where nothing is nearer. One query."""
    typed = list(words)
    wanted = {word: slips_of(word) for word in typed if is_word(word)}
    slips = SearchSlip.objects.filter(slip__in=set().union(*wanted.values())) if wanted else SearchSlip.objects.none()
    near = list(slips.values_list("slip", "word_id").order_by("word_id")[:MOST_NEAR])
    better = {word: _best(word, {other for slip, other in near if slip in own}) for word, own in wanted.items()}
    other = [better.get(word) or word for word in typed]
    return " ".join(other) if other != typed else ""


def other_spelling(text: str) -> str:
    """Return what was likely meant by a search of which a word stands in no title, as `respelled`. For lists that are not the search's own."""
    return respelled(asked.read(text).words)


def _best(word: str, near: set[str]) -> str:
    return "" if word in near or not near else min(near, key=lambda other: (*_distance(word, other), other))
