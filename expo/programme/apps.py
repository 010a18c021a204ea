from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammeConfig(AppConfig):
    name = "expo.programme"
    verbose_name = _("Programme")

    def ready(self) -> None:
        from expo.programme import searching  # local: models are read once all apps are

        searching.register()
