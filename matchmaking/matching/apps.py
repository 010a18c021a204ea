from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    name = "matchmaking.matching"
    verbose_name = _("Matching")

    def ready(self) -> None:
        from expo.foundation.eventlog import followed_by  # Needs the models, which are not there yet when this module is read.
        from matchmaking.matching import meaning
        from matchmaking.matching.actions.fresh import follow

        checks.register(meaning.named_model_is_there, "matching")
        checks.register(meaning.named_model_can_be_run, meaning.INSTALLATION, deploy=True)
        followed_by(follow)
