"""Settings, read from the environment. Every variable is listed in the README's table."""

from expo.settings.api import *  # noqa: F403 - Django reads settings as names of this module.
from expo.settings.base import *  # noqa: F403 - Django reads settings as names of this module.
