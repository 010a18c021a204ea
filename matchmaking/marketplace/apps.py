from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketplaceConfig(AppConfig):
    name = "matchmaking.marketplace"
    verbose_name = _("Marketplace")

    def ready(self) -> None:
        from matchmaking.marketplace import searching  # local: models are read once all apps are

        searching.register()
