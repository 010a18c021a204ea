"""The API's table of contents. One of the few places where the event wing names the matchmaking wing."""

from rest_framework.routers import DefaultRouter

router = DefaultRouter()
router.include_format_suffixes = False
