"""The people and the expo that most tests start from: Anna buys, Boris sells, Carla must see nothing."""

import gc
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as given_settings

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.foundation import guards, limits
from matchmaking.matching import kept, world
from matchmaking.participants.models import Company, Registration
from tests import builders, migrated

# Times are never asserted: on a busy machine an example may take as long as it takes.
given_settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
given_settings.load_profile("suite")
WAITING = ("tests/tools/test_run.py", "tests/expo/foundation/test_limits.py")


def _emptied_without_guards(empty: Callable[[TransactionTestCase], None]) -> Callable[[TransactionTestCase], None]:
    """What empties the database after a test that committed: the guards refuse it, so they are lifted for as long as it takes."""

    def emptied(case: TransactionTestCase) -> None:
        with guards.lifted():
            empty(case)

    return emptied


TransactionTestCase._fixture_teardown = _emptied_without_guards(TransactionTestCase._fixture_teardown)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Do not look through Django and all tests for garbage again and again: together they are most of the objects, and stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits for processes of its own: at the end it would leave the other worker without work."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(WAITING))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what cannot reach the database: it says nothing of one, and is run once, not for each."""
    asked = {*item.fixturenames, *(f"by {name}" for name in item._fixtureinfo.argnames)} if isinstance(item, pytest.Function) else {"db"}
    if not asked & {"db", "transactional_db", "live_server", "django_db_setup", "by request"} and not item.get_closest_marker("django_db"):
        item.add_marker("pure")


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """See that it cannot: a fixture may fetch another by name, and so the database."""
    assert fixturedef.argname != "_django_db_helper" or not request.node.get_closest_marker("pure")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Have the database of this process made from the copy that an earlier one kept."""
    migrated.start_from_copy(connection)


@pytest.fixture(scope="session")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Name a folder that is not there yet for each test: most need none, and to make one looks through those of all tests before."""
    base = tmp_path_factory.mktemp("folders")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def _nothing_stays_behind(_folders: Iterator[Path], settings: Any) -> Iterator[None]:
    """Uploads and development mail go to the test's own folder; rate limits and the language start anew."""
    folder = next(_folders)
    settings.MEDIA_ROOT = folder / "media"
    settings.DEV_MAIL_DIR = folder / "mail"
    cache.clear()
    limits.forget_what_is_held()
    kept.forget()
    world.forget()
    with translation.override("en"):
        yield


@pytest.fixture
def edition(db: None) -> Edition:
    """The current edition, registration open, with rates for CNY, USD and EUR."""
    return builders.current_edition()


@pytest.fixture
def chain(edition: Edition) -> Chain:
    """Smart vehicles, an area of the current edition."""
    return builders.chain(
        edition,
        slug="smart-vehicle",
        code="SV",
        name_en="Smart Vehicle Chain",
        name_zh="智能汽车链",
        short_name_en="Smart vehicle",
        short_name_zh="智能汽车",
        colour=Chain.Colour.SV,
        order=1,
    )


@pytest.fixture
def supplier_segment(chain: Chain) -> Segment:
    """Battery cells: midstream, supplies `customer_segment`."""
    return builders.segment(chain, slug="battery-cells", name_en="Battery cells", name_zh="电芯", stage="midstream", order=1)


@pytest.fixture
def customer_segment(chain: Chain, supplier_segment: Segment) -> Segment:
    """Complete vehicles: downstream, uses what `supplier_segment` makes."""
    made = builders.segment(chain, slug="complete-vehicles", name_en="Complete vehicles", name_zh="整车", stage="downstream", order=2)
    builders.link(supplier_segment, made)
    return made


@pytest.fixture
def buyer(edition: Edition, chain: Chain) -> Registration:
    """Anna's company, Aurora Motors of Germany, a verified buyer."""
    aurora = builders.company("Aurora Motors", name_zh="极光汽车", country="DE", website="https://aurora.example/")
    builders.member(aurora, builders.person("anna@example.com", full_name="Anna Adler", phone="+49 30 1234567"))
    made = builders.registration(aurora, edition, role=Registration.Role.BUYER)
    made.chains.add(chain)
    return made


@pytest.fixture
def exhibitor(edition: Edition, chain: Chain) -> Registration:
    """Boris's company, Borealis Cells of China, a verified exhibitor."""
    borealis = builders.company("Borealis Cells", name_zh="北极光电芯", country="CN", website="https://borealis.example/")
    builders.member(borealis, builders.person("boris@example.com", full_name="Boris Bo", phone="+86 10 7654321"))
    made = builders.registration(borealis, edition, role=Registration.Role.EXHIBITOR)
    made.chains.add(chain)
    return made


@pytest.fixture
def anna(buyer: Registration) -> User:
    """She buys: owner of the verified buyer."""
    return User.objects.get(email="anna@example.com")


@pytest.fixture
def boris(exhibitor: Registration) -> User:
    """He sells: owner of the verified exhibitor."""
    return User.objects.get(email="boris@example.com")


@pytest.fixture
def carla(db: None) -> User:
    """She has an account and belongs to nobody: whatever is private, she must not see."""
    return builders.person("carla@example.com", full_name="Carla Costa")


@pytest.fixture
def organiser(db: None) -> User:
    """Staff with every permission."""
    return builders.person("organiser@example.com", full_name="Olga Organiser", is_staff=True, is_superuser=True)


@pytest.fixture
def aurora(buyer: Registration) -> Company:
    """Anna's company."""
    return buyer.company


@pytest.fixture
def borealis(exhibitor: Registration) -> Company:
    """Boris's company."""
    return exhibitor.company


@pytest.fixture
def client_of() -> Callable[..., Client]:
    """Return a browser in which the person is signed in; `enforce_csrf_checks=True` checks a form's token too."""

    def signed_in(user: User | None, **options: Any) -> Client:
        client = Client(**options)
        if user is not None:
            client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def count_queries(django_assert_max_num_queries: Any) -> Callable[[Callable[[], Any]], int]:
    """Return how many queries a call makes: `assert count_queries(lambda: client.get("/")) == 9`."""

    def queries_of(call: Callable[[], Any]) -> int:
        with django_assert_max_num_queries(10_000) as seen:
            call()
        return len(seen)

    return queries_of
