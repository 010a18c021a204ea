"""A sentence model of a few words, as a real folder: each token has its own row, and words of one meaning have the same."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

ROWS = {
    "[PAD]": (9, 9, 9),  # Seen only where padding is not masked.
    "[UNK]": (0, 0, 0.1),
    "cell": (1, 0, 0),
    "电芯": (1, 0, 0),
    "charger": (0, 1, 0),
    "充电桩": (0, 1, 0),
    "large": (0.5, 0, 0.5),
}


def write_model(
    folder: Path,
    *,
    under="onnx",
    pooling=None,
    longest=None,
    rows=ROWS,
    inputs=("input_ids", "attention_mask"),
    pools_itself=False,
    table=None,
):
    """Write the folder that sentence-transformers would write, and return it."""
    (folder / under).mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(rows)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]", length=16)
    if longest:
        tokenizer.enable_truncation(longest)
    tokenizer.save(str(folder / "tokenizer.json"))
    onnx.save(_graph(table or rows, inputs, pools_itself=pools_itself), str(folder / under / "model.onnx"))
    if pooling:
        (folder / "1_Pooling").mkdir(exist_ok=True)
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 3, **pooling}))
    return folder


def _graph(rows, inputs, *, pools_itself):
    table = numpy_helper.from_array(np.array(list(rows.values()), dtype=np.float32), "table")
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    out, shape = "last_hidden_state", ["batch", "tokens", 3]
    if pools_itself:
        nodes.append(helper.make_node("ReduceSum", ["last_hidden_state", "axis"], ["sentence_embedding"], keepdims=0))
        out, shape = "sentence_embedding", ["batch", 3]
    graph = helper.make_graph(
        nodes,
        "words",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info(out, TensorProto.FLOAT, shape)],
        [table, *([numpy_helper.from_array(np.array([1], dtype=np.int64), "axis")] if pools_itself else [])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
