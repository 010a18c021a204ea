"""What a fault of the database means: that it is kept busy, that it is away, or that something is wrong."""

from django.db import InterfaceError, OperationalError

# As SQLite and PostgreSQL say that somebody else holds what is to be written, or waits for this one as well.
BUSY_WORDS = ("database is locked", "lock timeout", "deadlock detected")
# As SQLite says that its file is out of reach; and Django, of a connection that went in the middle of something.
AWAY_WORDS = ("unable to open database file", "connection already closed", "the connection is closed")
# PostgreSQL: being shut down, killed, started, full of connections; 08: of the connection itself.
AWAY_STATES = {"57P01", "57P02", "57P03", "53300"}
CONNECTION_STATES = "08"


def is_busy(fault: BaseException | None) -> bool:
    """Say whether somebody else held what was to be written for longer than the database waits."""
    return isinstance(fault, OperationalError) and any(words in str(fault) for words in BUSY_WORDS)


def is_away(fault: BaseException | None) -> bool:
    """Say whether the database does not answer: it was stopped or killed, is being started, or takes no more connections."""
    if not isinstance(fault, OperationalError | InterfaceError):
        return False
    if any(words in str(fault) for words in AWAY_WORDS):
        return True
    if fault.__cause__ is None or not hasattr(fault.__cause__, "sqlstate"):
        return False
    # PostgreSQL names what went wrong by a state; where nothing answers there is none.
    state = fault.__cause__.sqlstate
    return state is None or state in AWAY_STATES or state.startswith(CONNECTION_STATES)
