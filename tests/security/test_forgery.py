"""What a foreign page could make a signed-in browser send comes without the token against forgery, and is refused."""

from tests.security.doors import doors
from tests.security.world import build, closed


def test_every_unsafe_address_wants_its_token(db, client_of, settings):
    world = build()
    client = client_of(world.people["superuser"], enforce_csrf_checks=True)
    for door in doors():
        answer = client.post(door.address)
        expected = {401, 403, 404, 405} if door.pattern.startswith("/api/") else {403, 404}
        assert answer.status_code in expected, f"{door.pattern} answered {answer.status_code}"


def test_methods_that_browsers_never_send_are_the_apis(db, client):
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        for address in ("/", "/zh/", "/admin/", "/accounts/login/", "/nothing/"):
            assert client.generic(method, address).status_code == 405, (method, address)


def test_a_door_is_as_open_in_chinese(db, client):
    """The matrix walks one language; the other is the same list of views behind a prefix."""
    build()
    for door in doors():
        if not door.pattern.startswith(("/api/", "/files/")):
            here, there = closed(client.head(door.address)), closed(client.head("/zh" + door.address))
            assert there.status_code in {here.status_code, 404}, door.pattern
            if here.status_code == 302 and "login" in here.headers["Location"]:
                assert there.status_code == 404 or "login" in there.headers["Location"], door.pattern
