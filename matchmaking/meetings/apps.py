from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    name = "matchmaking.meetings"
    verbose_name = _("Meetings")

    def ready(self) -> None:
        from expo.foundation.eventlog import followed_by, read_by  # Needs the models, which are not there yet when this module is read.
        from matchmaking.meetings.actions import parting, staying
        from matchmaking.meetings.actions.telling import tell_webhooks

        followed_by(parting.follow)
        followed_by(staying.follow)
        read_by(tell_webhooks)
