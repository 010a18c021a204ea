"""The API's table of contents. One of the few places where the event wing names the matchmaking wing."""

from rest_framework.routers import APIRootView, DefaultRouter

import expo.accounts.api
import expo.editions.api
import expo.foundation.openapi  # its description of the filters registers itself
import expo.programme.api
import expo.venue.api
import matchmaking.agreements.api
import matchmaking.desk.api
import matchmaking.marketplace.api
import matchmaking.matching.api
import matchmaking.participants.api
from expo.foundation.rest import AnyoneMayRead


class Contents(APIRootView):
    """Everything that can be read, with its address."""

    permission_classes = [AnyoneMayRead]


router = DefaultRouter()
router.APIRootView = Contents
router.root_view_name = "api_root"
router.include_format_suffixes = False
for room in (
    expo.accounts.api,
    expo.editions.api,
    expo.venue.api,
    expo.programme.api,
    matchmaking.participants.api,
    matchmaking.marketplace.api,
    matchmaking.matching.api,
    matchmaking.agreements.api,
    matchmaking.desk.api,
):
    room.register(router)
urls = [*expo.accounts.api.addresses, *router.urls]
