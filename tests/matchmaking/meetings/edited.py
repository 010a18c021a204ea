"""Changes of the ground as tests make them: looked at, done, and told two minutes later."""

from datetime import timedelta

from django.utils import timezone

from matchmaking.meetings.actions.editing import apply_edit
from matchmaking.meetings.actions.news import tell_news
from matchmaking.meetings.queries.edits.previews import preview

LATER = timedelta(minutes=2)


def done(stage, kind, **given):
    shown = preview(stage.setup, kind, given)
    return apply_edit(stage.setup, kind, given, digest=shown.digest, by=stage.organiser)


def told():
    tell_news(timezone.now() + LATER)
