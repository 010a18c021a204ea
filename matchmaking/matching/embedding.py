"""A sentence model that an organiser has put into a folder: read, run, and what it says of each text kept.

The folder is as sentence-transformers exports it to ONNX: tokenizer.json, onnx/model.onnx or model.onnx, and, if they are there,
config.json, sentence_bert_config.json and 1_Pooling/config.json. Nothing is fetched. The libraries are loaded where a text is read.
"""

import hashlib
import json
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matchmaking.matching.engine.embedding import Singles

LIBRARIES = ("onnxruntime", "tokenizers")
MODELS = ("onnx/model.onnx", "model.onnx")
SETTINGS = ("1_Pooling/config.json", "config.json", "sentence_bert_config.json")
POOLINGS = {"pooling_mode_cls_token": "cls", "pooling_mode_mean_tokens": "mean", "pooling_mode_max_tokens": "max"}
LONGEST, AT_ONCE = 512, 32
POOLED, BY_TOKEN = 2, 3
"""Dimensions of what a model returns: a row for each text, or one for each token of it."""
DIGEST_BYTES, BLOCK_BYTES = 16, 1 << 20


class ModelRefused(Exception):
    """The folder holds no model that can be used; one sentence says why."""


class OnnxModel:
    """A model in a folder. Made quickly: the libraries and the model itself are loaded with the first text."""

    def __init__(self, folder: Path) -> None:
        """Look at the folder.

        Raises:
            ModelRefused: a file or a library is missing, or a setting cannot be read.
        """
        self.folder = folder
        if not folder.is_dir():
            raise ModelRefused(f"{folder} is not a folder.")
        if missing := [name for name in LIBRARIES if find_spec(name) is None]:
            raise ModelRefused(f"{' and '.join(missing)} must be installed: the extra `embedding` of this project.")
        found = next((folder / name for name in MODELS if (folder / name).is_file()), None)
        if found is None:
            raise ModelRefused(f"There is no {' or '.join(MODELS)} in {folder}.")
        if not (folder / "tokenizer.json").is_file():
            raise ModelRefused(f"There is no tokenizer.json in {folder}.")
        self.path = found
        self._settings = {name: self._read(name) for name in SETTINGS}
        self.pooling = self._pooling()

    @cached_property
    def digest(self) -> str:
        """A digest of all files that the result depends on; reads them once."""
        digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
        beside = sorted(path for path in self.path.parent.glob(f"{self.path.name}*") if path.is_file())
        for path in (*beside, self.folder / "tokenizer.json", *(self.folder / name for name in SETTINGS)):
            digest.update(path.name.encode())
            if path.is_file():
                with path.open("rb") as file:
                    while block := file.read(BLOCK_BYTES):
                        digest.update(block)
        return digest.hexdigest()

    def of(self, texts: list[str]) -> "Singles":
        """Return a row of length 1 for each text; texts of about one length are read together.

        Raises:
            ModelRefused: the model cannot be loaded, or does not return what is expected.
        """
        import numpy as np

        order = sorted(range(len(texts)), key=lambda place: (len(texts[place]), texts[place]))
        parts = [self._rows([texts[place] for place in order[start : start + AT_ONCE]]) for start in range(0, len(order), AT_ONCE)]
        if not parts:
            return np.zeros((0, 0), dtype=np.float32)
        rows = np.concatenate(parts)
        if not np.isfinite(rows).all():
            raise ModelRefused(f"The model in {self.folder} returns what is no number.")
        found = np.empty_like(rows)
        found[order] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return found

    def _rows(self, texts: list[str]) -> "Singles":
        import numpy as np

        tokenizer, session = self._loaded
        encoded = tokenizer.encode_batch(texts)
        known = {
            "input_ids": [one.ids for one in encoded],
            "attention_mask": [one.attention_mask for one in encoded],
            "token_type_ids": [one.type_ids for one in encoded],
        }
        given = {one.name: np.array(known[one.name], dtype=np.int64) for one in session.get_inputs()}
        try:
            found = np.asarray(session.run([self._output(session)], given)[0], dtype=np.float32)
        except Exception as fault:  # The library's own errors have no common kind.
            raise ModelRefused(f"The model in {self.folder} cannot read a text: {_first_line(fault)}") from fault
        if found.ndim == POOLED and len(found) == len(texts):
            return found
        if found.ndim != BY_TOKEN or found.shape[:2] != np.shape(known["input_ids"]):
            raise ModelRefused(f"The model in {self.folder} returns {found.shape}; expected a row for each token or text.")
        return self._pooled(found, np.array(known["attention_mask"], dtype=bool))

    def _pooled(self, tokens: "Singles", mask: Any) -> "Singles":
        import numpy as np

        if self.pooling == "cls":
            return np.asarray(
                tokens[np.arange(len(tokens)), mask.argmax(axis=1)]
            )  # The first that is no padding, on whichever side that is.
        if self.pooling == "max":
            return np.asarray(np.where(mask[:, :, None], tokens, -np.inf).max(axis=1))
        total = np.where(mask[:, :, None], tokens, 0).sum(axis=1)
        return np.asarray(total / np.maximum(mask.sum(axis=1, keepdims=True), 1), dtype=np.float32)

    def _output(self, session: Any) -> str:
        names = [one.name for one in session.get_outputs()]
        return next((name for name in ("sentence_embedding", "last_hidden_state", "token_embeddings") if name in names), names[0])

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            # Sums in one order, and one core for each worker.
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            session = onnxruntime.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
        except Exception as fault:  # As above.
            raise ModelRefused(f"The model in {self.folder} cannot be loaded: {_first_line(fault)}") from fault
        strange = {one.name for one in session.get_inputs()} - {"input_ids", "attention_mask", "token_type_ids"}
        if strange:
            raise ModelRefused(f"The model in {self.folder} asks for {', '.join(sorted(strange))}, which is not known here.")
        tokenizer.enable_truncation(self._longest(tokenizer))
        if tokenizer.padding is None:
            tokenizer.enable_padding()
        else:
            tokenizer.enable_padding(**{**tokenizer.padding, "length": None})
        return tokenizer, session

    def _longest(self, tokenizer: Any) -> int:
        own = (tokenizer.truncation or {}).get("max_length")
        sizes = [self._settings["sentence_bert_config.json"].get("max_seq_length"), own]
        return min([size for size in sizes if isinstance(size, int) and size > 0] or [LONGEST])

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        if not path.is_file():
            return {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as fault:
            raise ModelRefused(f"{path} is no JSON: {fault}") from fault
        if not isinstance(found, dict):
            raise ModelRefused(f"{path} holds no settings.")
        return found

    def _pooling(self) -> str:
        """Return how the tokens of a text are made one row: by the mean, unless the folder says otherwise."""
        said = self._settings["1_Pooling/config.json"]
        chosen = sorted(name for name, is_on in said.items() if name.startswith("pooling_mode_") and is_on is True)
        if not chosen:
            return "mean"
        if len(chosen) > 1 or chosen[0] not in POOLINGS:
            raise ModelRefused(f"{self.folder}/1_Pooling/config.json asks for {', '.join(chosen)}; known is one of {', '.join(POOLINGS)}.")
        return POOLINGS[chosen[0]]


def _first_line(fault: Exception) -> str:
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0][:200]
