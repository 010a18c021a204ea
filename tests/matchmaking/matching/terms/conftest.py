"""The terms of one chain as they are shipped, and staff in each role."""

import pytest
from django.contrib.auth.models import Group

from matchmaking.desk.roles import set_up_roles
from matchmaking.matching.glossary.loading import load_terms
from matchmaking.matching.models import Term
from tests import builders


@pytest.fixture
def shipped(chain):
    """The terms of smart vehicles, as they come with the site."""
    load_terms()
    return Term.objects.get(key="lidar")


@pytest.fixture
def staff(db):
    set_up_roles()

    def made(role):
        person = builders.person(is_staff=True)
        person.groups.add(Group.objects.get(name=role))
        return person

    return made
