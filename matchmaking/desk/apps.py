from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "matchmaking.desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        from matchmaking.desk import searching  # local: models are read once all apps are

        searching.register()
