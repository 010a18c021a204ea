"""The API's description: every operation has an example of what it takes and of each answer, and every address is in it."""

import gzip
import re
from itertools import chain

import orjson
import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from openapi_schema_validator import OAS31Validator

from expo.foundation import document
from expo.foundation.conditions import etag_of

NOT_DESCRIBED = {"/api/v1/", "/api/v1/schema/", "/api/v1/docs/"}
LIMITS = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}


@pytest.fixture(scope="module")
def described():
    document.described.cache_clear()
    return orjson.loads(document.described()[0])


@pytest.fixture(scope="module")
def operations(described):
    return [(path, method, operation) for path, methods in described["paths"].items() for method, operation in methods.items()]


def contents(operation):
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).values()


def test_every_operation_says_that_what_it_cannot_read_is_a_400(operations):
    assert [(method, path) for path, method, operation in operations if "400" not in operation["responses"]] == []


def test_every_example_is_valid(described, operations):
    wrong, count = [], 0
    for path, method, operation in operations:
        for content in contents(operation):
            count += 1
            validator = OAS31Validator(
                {**content["schema"], "components": described["components"]}, format_checker=OAS31Validator.FORMAT_CHECKER
            )
            wrong += [
                (method, path, "/".join(map(str, one.absolute_path)), one.message[:80]) for one in validator.iter_errors(content["example"])
            ]
    assert not wrong
    assert count > len(operations)


def test_control_a_wrong_example_is_noticed(described):
    schema = {**described["components"]["schemas"]["Company"], "components": described["components"]}
    assert list(OAS31Validator(schema).iter_errors({"slug": 5}))


def test_every_operation_says_what_it_needs(operations):
    for path, method, operation in operations:
        place = (method, path)
        assert operation["summary"], place
        assert operation["tags"], place
        assert operation["operationId"], place
        names = {parameter["name"] for parameter in operation["parameters"]}
        writes = method != "get"
        assert ("Idempotency-Key" in names) == writes, place
        assert ("If-None-Match" in names) != writes, place
        assert ("If-Match" in names) == (writes and "{" in path), place
        assert operation["security"] if not writes else {} not in operation["security"], place
        assert {"401", "429"} <= set(operation["responses"]), place
        assert all(set(answer["headers"]) >= LIMITS for answer in operation["responses"].values()), place
        assert any(status[0] == "2" for status in operation["responses"]), place


def test_a_write_says_which_texts_may_be_empty_and_takes_files_as_files(described):
    schemas = described["components"]["schemas"]
    assert schemas["OfferBody"]["properties"]["title"]["minLength"] == 1
    assert schemas["OfferBody"]["properties"]["incoterms"]["items"]["minLength"] == 1
    assert schemas["BoothBody"]["properties"]["booth"]["type"] == ["string", "null"]
    assert "minLength" not in schemas["OfferBody"]["properties"]["description"]
    assert schemas["LogoBody"]["properties"]["logo"]["format"] == "binary"
    for name, schema in schemas.items():
        texts = [one for one in schema.get("properties", {}).values() if "minLength" in one]
        assert not texts or name.endswith(("Body", "Fields")), name


def test_every_tag_is_explained(described, operations):
    used = set(chain.from_iterable(operation["tags"] for _path, _method, operation in operations))
    assert used == {tag["name"] for tag in described["tags"]}


def test_every_address_of_the_resolver_is_described(described):
    """Both ways: no address without a description, no description without an address."""

    def walk(resolver, prefix=""):
        for one in resolver.url_patterns:
            place = prefix + str(one.pattern).removeprefix("^")
            if isinstance(one, URLResolver):
                yield from walk(one, place)
            elif isinstance(one, URLPattern) and place.startswith("api/v1/"):
                yield place

    plain = {"/" + re.sub(r"\(\?P<(\w+)>.*?\)(?=/)", r"{\1}", place).rstrip("$").replace("\\Z", "") for place in walk(get_resolver())}
    said = {re.sub(r"{(\w+)}", "{}", path) for path in described["paths"]}
    assert {re.sub(r"{(\w+)}", "{}", path) for path in plain - NOT_DESCRIBED} == said


def test_the_document_is_made_once_and_not_sent_twice(client, db, django_assert_num_queries):
    first = client.get("/api/v1/schema/")
    assert (first["ETag"], first["Content-Type"]) == (etag_of(first.content), "application/json")
    assert document.described.cache_info().currsize == 1
    misses = document.described.cache_info().misses
    packed = client.get("/api/v1/schema/", headers={"accept-encoding": "gzip"})
    assert gzip.decompress(packed.content) == first.content
    assert (packed["Content-Encoding"], packed["ETag"] != first["ETag"]) == ("gzip", True)
    assert "Accept-Encoding" in packed["Vary"]
    again = client.get("/api/v1/schema/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert document.described.cache_info().misses == misses
    assert not first.cookies


def test_the_document_is_in_one_language(client, db):
    document.described.cache_clear()
    assert (
        client.get("/api/v1/schema/", headers={"accept-language": "zh-hans"})
        .json()["paths"]["/api/v1/offers/"]["get"]["summary"]
        .startswith("List")
    )
