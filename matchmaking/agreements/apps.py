from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgreementsConfig(AppConfig):
    name = "matchmaking.agreements"
    verbose_name = _("Agreements")

    def ready(self) -> None:
        from matchmaking.agreements import guards, searching  # local: models are read once all apps are

        guards.register()
        searching.register()
