from django.urls import path

from matchmaking.matching import digest_views, match_views, verdict_views, views

urlpatterns = [
    path("market/", views.market, name="market"),
    path("offers/<int:pk>/", views.offer, name="offer"),
    path("requests/<int:pk>/", views.sourcing_request, name="sourcing_request"),
    path("requests/<int:pk>/matches/", match_views.request_matches, name="request_matches"),
    path("offers/<int:pk>/matches/", match_views.offer_matches, name="offer_matches"),
    path("desk/matches/", match_views.own_matches, name="own_matches"),
    path("requests/<int:pk>/matches/<int:offer>/verdict/", verdict_views.give_verdict, name="give_verdict"),
    path("requests/<int:pk>/matches/<int:offer>/verdict/undo/", verdict_views.undo_verdict, name="undo_verdict"),
    path("matches/mails/<str:token>/stop/", digest_views.stop_match_mail, name="stop_match_mail"),
]
