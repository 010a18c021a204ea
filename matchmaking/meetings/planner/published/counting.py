"""Numbers in unary, as clauses: how many of some Booleans hold. Each function adds to the model that it is handed."""

from itertools import pairwise, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel
    from ortools.sat.python.cp_model_helper import Literal

    Literals = list[Literal]


def count_of(model: "CpModel", literals: "Literals", most: int) -> "Literals":
    """Return Booleans of which the k-th (from 0) holds exactly when more than k literals do; at most `most` + 1 of them, the last meaning "more than that".

    A totalizer (Bailleux and Boufkhad 2003), in both directions: unit propagation sees a count that is too low as well as one that is too high.
    """
    if len(literals) <= 1:
        return literals
    half = len(literals) // 2
    left, right = count_of(model, literals[:half], most), count_of(model, literals[half:], most)
    total: Literals = [model.new_bool_var("") for _ in range(min(len(left) + len(right), most + 1))]
    for fewer, more in pairwise(total):
        model.add_implication(more, fewer)
    for i, j in product(range(len(left) + 1), range(len(right) + 1)):
        if i + j:  # i on the left and j on the right make i + j together
            not_so_many = [side[k - 1].negated() for side, k in ((left, i), (right, j)) if k]
            model.add_bool_or([total[min(i + j, len(total)) - 1], *not_so_many])
        if (
            i + j < len(total) and _is_counted(left, i, most) and _is_counted(right, j, most)
        ):  # no more on either side make no more together
            model.add_bool_or([total[i + j].negated(), *left[i : i + 1], *right[j : j + 1]])
    return total


def _is_counted(side: "Literals", k: int, most: int) -> bool:
    """Whether "no more than k" can be said of a side: not where its last Boolean means "k or more"."""
    return k < len(side) or k <= most


def hold_exactly(model: "CpModel", literals: "Literals", number: int) -> None:
    """Exactly `number` of the literals hold, as clauses instead of one sum: a search by clauses learns more from it."""
    if len(literals) < number:
        model.add_bool_or([])
        return
    total = count_of(model, literals, number)
    if number:
        model.add_bool_and([total[number - 1]])
    if len(total) > number:
        model.add_bool_and([total[number].negated()])
