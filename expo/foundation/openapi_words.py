"""The words of the API's description that are the same everywhere."""

from typing import Any

Schema = dict[str, Any]

ERROR: Schema = {
    "type": "object",
    "description": "Every error has this shape. `code` is stable; `detail` is a sentence; `fields` holds sentences by parameter.",
    "properties": {
        "code": {"type": "string", "examples": ["not_found"]},
        "detail": {"type": "string", "examples": ["Not found."]},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "data": {"type": "object", "description": "What helps to go on, with some codes: `alternatives` of `slot_taken`."},
    },
    "required": ["code", "detail", "fields"],
    "additionalProperties": False,
}
WORDS = {
    "204": "Done; there is no row to show, or it is no longer visible to you.",
    "304": "Not changed since you read it.",
    "400": "A parameter or a field that does not exist, or a value that cannot be read: `fields` says which.",
    "401": "Sign in, or send a key that is live.",
    "403": "You may not do this, or this key may only read (`key_reads_only`).",
    "404": "No such thing, or not for you.",
    "406": "Only application/json is spoken here.",
    "409": "The state of things does not allow it, or somebody was quicker.",
    "412": "It is not as you last saw it: read it again.",
    "413": "The body is larger than 1 MB.",
    "415": "Send application/json.",
    "422": "The idempotency key was used for another request.",
    "429": "Too many requests; Retry-After says how many seconds to wait.",
}
SUMMARIES = {"list": "List", "retrieve": "Read one", "create": "Create", "partial_update": "Change"}
DESCRIPTIONS = {
    "list": "A page of what you may see, newest first. Filters narrow it; `next` and `previous` lead on.",
    "retrieve": "As far as you may see it.",
    "create": "The answer is the new row, with its address in `Location`.",
    "partial_update": "What is left out stays as it is. The answer is the row as it is now.",
}
TAGS = {
    "accounts": "You: your profile and your keys.",
    "editions": "What the expo is about: editions, chains, segments, and the figures that were reported, each with its source.",
    "venue": "Halls, booths and pavilions.",
    "programme": "Forums with their sessions and speakers, and your seats.",
    "participants": "Companies and their registrations, who stands for them, whom they block, and what you let them see.",
    "marketplace": "Certificates, and codes of the Harmonized System.",
    "matching": "Offers and requests, with the filters of the market.",
    "agreements": "Agreements and intentions, and what an edition came to.",
    "desk": "Search.",
    "meetings": "Requests to meet, meetings, the timetable, and the time that is kept free.",
    "foundation": "What changed.",
}
HEADER_PARAMETERS: dict[str, Schema] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
        # No example: the page to try it out would send it with every write.
        "description": "Your name for this write, kept for 48 hours: repeating it gives the same answer and does nothing again.",
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The ETag of the row as you last read it: what was changed since is not overwritten (412).",
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The ETag of what you have: if nothing changed, the answer is 304 without a body.",
    },
}


def _header(words: str, kind: str = "string") -> Schema:
    return {"description": words, "schema": {"type": kind}}


ANSWER_HEADERS: dict[str, Schema] = {
    "ETag": _header("The tag of this answer, for If-None-Match and If-Match."),
    "Location": _header("The address of the new row."),
    "Idempotent-Replayed": _header("`true` when this is the answer that was given before."),
    "RateLimit-Limit": _header("How many requests you have a minute.", "integer"),
    "RateLimit-Remaining": _header("How many are left, at least.", "integer"),
    "RateLimit-Reset": _header("In how many seconds you have more.", "integer"),
    "Retry-After": _header("How many seconds to wait.", "integer"),
    "WWW-Authenticate": _header("How to sign in."),
}
