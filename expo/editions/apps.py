from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditionsConfig(AppConfig):
    name = "expo.editions"
    verbose_name = _("Editions")

    def ready(self) -> None:
        from expo.editions import searching  # local: models are read once all apps are

        searching.register()
