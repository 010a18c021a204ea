"""The sentence model of this installation, if it has one: whether it can be used, and what it says of each text, kept for every process."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core import checks

from matchmaking.matching.embedding import ModelRefused, OnnxModel
from matchmaking.matching.models import Vector

if TYPE_CHECKING:
    from matchmaking.matching.engine.embedding import Singles

BLOCK = 500
DIGEST_BYTES = 16
PROBE = "lithium iron phosphate cell"
INSTALLATION = "installation"


class Kept:
    """The points of a model's texts: each text is read once, by whichever process needs it first, and kept in half precision."""

    def __init__(self, model: OnnxModel) -> None:
        self.model = model

    @property
    def digest(self) -> str:
        """The model's."""
        return self.model.digest

    def of(self, texts: list[str]) -> "Singles":
        """Return a row of length 1, or nearly, for each text. Three queries for each 500 texts that are new, one for those that are not.

        Raises:
            ModelRefused: the model cannot be used.
        """
        import numpy as np  # Only where matching is done: the site starts without it.

        names = [hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest() for text in texts]
        known: dict[str, bytes] = {}
        for block in _blocks(dict(zip(names, texts, strict=True))):
            known |= self._known(block)
            missing = {name: text for name, text in block.items() if name not in known}
            if missing:
                made = self.model.of(list(missing.values())).astype(np.float16)
                rows = (Vector(model=self.digest, text=name, values=row.tobytes()) for name, row in zip(missing, made, strict=True))
                # Another worker may write the same at the same moment; then its row is read.
                Vector.objects.bulk_create(rows, ignore_conflicts=True)
                known |= self._known(missing)
        return np.stack([np.frombuffer(known[name], dtype=np.float16) for name in names]).astype(np.float32)

    def _known(self, names: Iterable[str]) -> dict[str, bytes]:
        rows = Vector.objects.filter(model=self.digest, text__in=list(names)).values_list("text", "values")
        return {name: bytes(values) for name, values in rows}


def _blocks(texts: Mapping[str, str]) -> Iterator[dict[str, str]]:
    names = list(texts)
    for start in range(0, len(names), BLOCK):
        yield {name: texts[name] for name in names[start : start + BLOCK]}


class Meaning(NamedTuple):
    """The model in use, or why the one that is named cannot be used; neither where none is named."""

    model: Kept | None = None
    fault: str = ""

    @property
    def digest(self) -> str:
        """The model's; '' without one."""
        return self.model.digest if self.model else ""


class _Process:
    name: object = None
    meaning = Meaning()


def meaning_now() -> Meaning:
    """Return the model that MATCHING_MODEL names, tried once by this installation: one query, then none while its files stay.

    A model that cannot be used is left out; matching goes on with the words alone.
    """
    if not settings.MATCHING_MODEL:
        return Meaning()
    folder = Path(settings.MATCHING_MODEL)
    name = (folder, _seen(folder))
    if _Process.name != name:
        _Process.meaning = _tried(folder)
        _Process.name = name
    return _Process.meaning


def _seen(folder: Path) -> tuple[tuple[str, int, int], ...]:
    files = (path for pattern in ("*", "*/*") for path in folder.glob(pattern) if path.is_file())
    return tuple(sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files))


def _tried(folder: Path) -> Meaning:
    try:
        model = Kept(OnnxModel(folder))
        model.of([PROBE])  # Whoever comes later finds that it was read, and loads the model with the first new text.
    except (ModelRefused, OSError) as fault:
        return Meaning(fault=str(fault))
    return Meaning(model)


def forget() -> None:
    """Look at the folder again."""
    _Process.name, _Process.meaning = None, Meaning()


def named_model_is_there(**_given: object) -> list[checks.CheckMessage]:
    """Warn of a folder without a model: quick, for it is asked at the start of every command."""
    return _message(checks.Warning, "matching.W001", is_run=False)


def named_model_can_be_run(**_given: object) -> list[checks.CheckMessage]:
    """Load the model and have it read a text, for `check --deploy` and `doctor`."""
    return _message(checks.Error, "matching.E001", is_run=True)


def _message(level: type[checks.Warning | checks.Error], name: str, *, is_run: bool) -> list[checks.CheckMessage]:
    if not settings.MATCHING_MODEL:
        return []
    try:
        model = OnnxModel(Path(settings.MATCHING_MODEL))
        if is_run:
            model.of([PROBE])
    except (ModelRefused, OSError) as fault:
        hint = "Matching goes on without it. See docs/matching.md, or unset MATCHING_MODEL."
        return [level(f"The sentence model that MATCHING_MODEL names cannot be used. {fault}", hint=hint, id=name)]
    return []
