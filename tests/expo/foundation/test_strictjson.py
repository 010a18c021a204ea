"""What the API reads: every body that is not plain JSON is a 400 or a 413 with a sentence, never a 500, and nothing of it is stored."""

import json

import pytest

from expo.accounts.models import User

ME = "/api/v1/me/"
HOSTILE = {
    "empty list": b"[]",
    "not JSON": b"{",
    "single quotes": b"{'phone': '1'}",
    "a comment": b'{"phone": "1"} // x',
    "two values": b'{"phone": "1"}{}',
    "not UTF-8": b'{"phone": "\xff"}',
    "UTF-16": '{"phone": "1"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"phone": "1"}',
    "overlong UTF-8": b'{"phone": "\xc0\x80"}',
    "NUL": b'{"phone": "1\\u00002"}',
    "raw NUL": b'{"phone": "1\x002"}',
    "a control character": b'{"phone": "1\\u00072"}',
    "escape": b'{"phone": "\\u001b[2J"}',
    "delete": b'{"phone": "1\\u007f"}',
    "C1": b'{"phone": "1\\u0085"}',
    "half a pair": b'{"phone": "\\ud800"}',
    "pair the wrong way": b'{"phone": "\\udc00\\ud800"}',
    "NUL in a name": b'{"pho\\u0000ne": "1"}',
    "half a pair in a name": b'{"\\ud800": "1"}',
    "NUL deep inside": b'{"x": [[{"y": "\\u0000"}]]}',
    "NaN": b'{"phone": NaN}',
    "Infinity": b'{"phone": Infinity}',
    "-Infinity": b'{"phone": -Infinity}',
    "a huge number": b'{"phone": ' + b"9" * 5000 + b"}",
    "beyond 64 bits": b'{"phone": 9223372036854775808}',
    "a huge exponent": b'{"phone": 1e999999999}',
    "a tiny exponent": b'{"phone": 1e-999999999}',
    "a number of many digits": b'{"phone": 0.' + b"1" * 5000 + b"}",
    "a name twice": b'{"phone": "1", "phone": "2"}',
    "a name twice inside": b'{"x": {"a": 1, "a": 2}}',
    "deep lists": b'{"phone": ' + b"[" * 40 + b"]" * 40 + b"}",
    "very deep lists": b"[" * 100_000 + b"]" * 100_000,
    "very deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "unclosed deep lists": b"[" * 100_000,
    "__proto__": b'{"__proto__": {"phone": "1"}}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_plain_json_is_refused(name, anna, client_of):
    answer = client_of(anna).patch(ME, HOSTILE[name], "application/json")
    assert answer.status_code == 400
    assert sorted(answer.json()) == ["code", "detail", "fields"]
    assert User.objects.get(pk=anna.pk).phone == "+49 30 1234567"


@pytest.mark.parametrize("size", [1_048_577, 3_000_000])
def test_more_than_a_megabyte_is_413(size, anna, client_of):
    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = client_of(anna).patch(ME, b'"' + b"x" * (size - 2) + b'"', "application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_megabyte_that_is_well_formed_is_read(anna, client_of):
    assert client_of(anna).patch(ME, json.dumps({"phone": "x" * 1_000_000}), "application/json").json()["fields"].keys() == {"phone"}


def test_another_type_is_415(anna, client_of):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json"):
        answer = client_of(anna).patch(ME, "phone=1", kind)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_what_is_plain_is_taken(anna, client_of):
    given = {"full_name": "Ánna 阿黛 😀", "phone": "+1"}
    answer = client_of(anna).patch(ME, json.dumps(given), "application/json")
    assert (answer.status_code, answer.json()["full_name"]) == (200, "Ánna 阿黛 😀")
