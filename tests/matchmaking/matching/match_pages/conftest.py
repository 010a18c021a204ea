"""A request for cells, one offer that fits it, and one in Chinese."""

import pytest

from tests import builders
from tests.matchmaking.matching.matched import CELL, CELL_ZH, WANTED, another_exhibitor


@pytest.fixture
def wanted(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, **WANTED)


@pytest.fixture
def cell(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, certificates=("UN 38.3",), **CELL)


@pytest.fixture
def chinese(edition, supplier_segment):
    return builders.offer(another_exhibitor(edition, "Comet Cells", country="KR"), supplier_segment, **CELL_ZH)
