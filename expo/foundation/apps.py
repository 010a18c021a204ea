from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "expo.foundation"
    verbose_name = _("Foundation")

    def ready(self) -> None:
        from expo.foundation import guards  # Local: it reads the models, which are ready only now.

        # Not for business: a table that is built anew loses the triggers that guard it.
        pre_migrate.connect(guards.when_migrating, sender=self)
        post_migrate.connect(guards.when_migrated, sender=self)
