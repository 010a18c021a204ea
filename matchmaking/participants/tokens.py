"""Companies named without their number: what a search found can be asked, and nobody walks through numbers."""

from django.core import signing

SALT = "participants.join"
HOURS = 24


def match_token(company: int, person: int) -> str:
    """Sign the company for this person; good for a day."""
    return signing.dumps([company, person], salt=SALT)


def company_of_match(token: str, person: int) -> int | None:
    """Return the company that the token names for this person; None where it is forged, too old, or somebody else's."""
    try:
        company, whose = signing.loads(token, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature:
        return None
    return int(company) if whose == person else None
