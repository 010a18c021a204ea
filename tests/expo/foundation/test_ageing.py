"""What is to end says so in its answers, a year ahead."""

from datetime import date

import pytest
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from expo.foundation.ageing import ends
from expo.foundation.rows import ReadOnly

NOTICE = {"said_on": date(2027, 1, 1), "on": date(2028, 1, 1), "instead": "/developers/"}


class Old(ReadOnly):
    def list(self, request):
        return Response({})


def test_every_answer_carries_the_notice(db):
    ended = ends(**NOTICE)(type("Ended", (Old,), {}))
    answer = ended.as_view({"get": "list"})(APIRequestFactory().get("/"))
    assert (answer["Deprecation"], answer["Sunset"]) == ("@1798761600", "Sat, 01 Jan 2028 00:00:00 GMT")
    assert answer["Link"] == '</developers/>; rel="deprecation"'
    assert "Sunset" not in Old.as_view({"get": "list"})(APIRequestFactory().get("/"))


def test_less_than_a_year_is_no_notice():
    with pytest.raises(ValueError, match="a year"):
        ends(said_on=date(2027, 1, 1), on=date(2027, 12, 31))
