"""The API's description, made once for each process: it is the code's, and the code does not change while it runs."""

import gzip
from functools import lru_cache

import orjson
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from expo.foundation.conditions import etag_of


@lru_cache(maxsize=1)
def packed() -> tuple[bytes, str]:
    """Return the document compressed, and the tag of that."""
    content = gzip.compress(described()[0], compresslevel=6, mtime=0)
    return content, etag_of(content)


@lru_cache(maxsize=1)
def described() -> tuple[bytes, str]:
    """Return the OpenAPI document as JSON, and its tag. The first call takes seconds, every other none."""
    with translation.override("en"):
        document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call] # the library is untyped
        content = orjson.dumps(document, default=str)
    return content, etag_of(content)
