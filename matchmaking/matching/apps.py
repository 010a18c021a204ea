from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    name = "matchmaking.matching"
    verbose_name = _("Matching")

    def ready(self) -> None:
        from expo.foundation.eventlog import followed_by  # Needs the models, which are not there yet when this module is read.
        from matchmaking.matching.actions.fresh import follow

        followed_by(follow)
