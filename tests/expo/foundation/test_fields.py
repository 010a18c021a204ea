import pytest
from django.core.exceptions import ValidationError

from expo.editions.models import Segment
from expo.foundation.fields import CodesField
from matchmaking.marketplace.models import Offer
from matchmaking.participants.models import Registration
from tests import builders

TERMS = CodesField(codes=[("FOB", "FOB"), ("DAP", "DAP")])


def test_codes_are_kept_sorted_once_each_and_in_capitals() -> None:
    assert TERMS.get_prep_value(["fob", "DAP", "FOB"]) == "DAP,FOB"
    assert TERMS.to_python("FOB,DAP") == ("DAP", "FOB")
    assert TERMS.to_python("") == ()


@pytest.mark.parametrize("bad", [["FOB", "XYZ"], ["A,B"], ["%"], ["DROP TABLE"]])
def test_an_unknown_code_is_named(bad: list[str]) -> None:
    with pytest.raises(ValidationError, match="Unknown code"):
        TERMS.clean(bad, None)


def test_one_code_is_found_among_many_and_no_part_of_one(exhibitor: Registration, supplier_segment: Segment) -> None:
    offer = builders.offer(exhibitor, supplier_segment, ships_to=["DE", "FR"])
    assert list(Offer.objects.filter(ships_to__has="de")) == [offer]
    assert not Offer.objects.filter(ships_to__has="D").exists()
    assert not Offer.objects.filter(ships_to__has="%").exists()
    offer.refresh_from_db()
    assert offer.ships_to == ("DE", "FR")
