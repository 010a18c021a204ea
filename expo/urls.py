"""The site's addresses. One of the few places where the event wing names the matchmaking wing."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps.views import index as sitemap_index
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path

from expo import api
from expo.foundation import views as foundation
from expo.foundation.languages import in_both_languages
from expo.foundation.rest import no_such_route
from expo.sitemap import SECTIONS

handler500 = foundation.broken

urlpatterns = [
    path("healthz", foundation.healthz, name="healthz"),
    path("readyz", foundation.readyz, name="readyz"),
    path("metrics", foundation.figures, name="metrics"),
    path("api/v1/schema/", foundation.api_schema, name="api_schema"),
    path("api/v1/docs/", foundation.api_docs, name="api_docs"),
    path("api/v1/", include(api.urls)),
    re_path(r"^api/(?:[\s\S]*/)?$", no_such_route),  # whatever it holds, line ends too
    path("robots.txt", foundation.robots, name="robots"),
    path("favicon.ico", foundation.favicon, name="favicon"),
    path("site.webmanifest", foundation.manifest, name="manifest"),
    path("sitemap.xml", login_not_required(sitemap_index), {"sitemaps": SECTIONS, "sitemap_url_name": "sitemap"}, name="sitemap_index"),
    path("sitemap-<section>.xml", login_not_required(sitemap), {"sitemaps": SECTIONS}, name="sitemap"),
    *in_both_languages(
        path("admin/", admin.site.urls),
        path("accounts/", include("allauth.urls")),
        path("", include("expo.foundation.urls")),
        path("", include("expo.accounts.urls")),
        path("", include("expo.editions.urls")),
        path("", include("expo.venue.urls")),
        path("", include("expo.programme.urls")),
        path("", include("matchmaking.participants.urls")),
        path("", include("matchmaking.matching.urls")),  # Before the verbs of postings, which any word may be.
        path("", include("matchmaking.marketplace.urls")),
        path("", include("matchmaking.meetings.urls")),
        path("", include("matchmaking.agreements.urls")),
        path("", include("matchmaking.desk.urls")),
    ),
]
