"""Settings of other processes beside a test: those of the suite, with the queues of a running site."""

from importlib import import_module

from tests.settings import *  # noqa: F403 - the same, but for what follows

TASKS = import_module("expo.settings.base").TASKS  # Read here, for it needs the environment that the line above sets.
