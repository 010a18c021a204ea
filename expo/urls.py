"""The site's addresses. One of the few places where the event wing names the matchmaking wing."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from expo.api import router
from expo.foundation import views as foundation
from expo.foundation.languages import in_both_languages

urlpatterns = [
    path("healthz", foundation.healthz, name="healthz"),
    path("readyz", foundation.readyz, name="readyz"),
    path("api/v1/schema/", login_not_required(SpectacularAPIView.as_view(permission_classes=[])), name="api_schema"),
    path(
        "api/v1/docs/", login_not_required(SpectacularSwaggerSplitView.as_view(url_name="api_schema", permission_classes=[])), name="api_docs"
    ),
    path("api/v1/", include(router.urls)),
    *in_both_languages(
        path("admin/", admin.site.urls),
        path("accounts/", include("allauth.urls")),
        path("", include("expo.foundation.urls")),
        path("", include("expo.accounts.urls")),
        path("", include("expo.editions.urls")),
        path("", include("expo.venue.urls")),
        path("", include("expo.programme.urls")),
        path("", include("matchmaking.participants.urls")),
        path("", include("matchmaking.marketplace.urls")),
        path("", include("matchmaking.agreements.urls")),
        path("", include("matchmaking.desk.urls")),
    ),
]
