from django.urls import path

from matchmaking.marketplace import views

urlpatterns = [
    path("post/", views.choose, name="post"),
    path("post/offer/", views.post, {"kind": "offer"}, name="post_offer"),
    path("post/request/", views.post, {"kind": "request"}, name="post_request"),
    path("offers/<int:pk>/edit/", views.edit, {"kind": "offer"}, name="offer_edit"),
    path("requests/<int:pk>/edit/", views.edit, {"kind": "request"}, name="request_edit"),
    path("offers/<int:offer>/certificates/<int:pk>.pdf", views.certificate_file, name="offer_certificate"),
    path("offers/<int:pk>/<slug:verb>/", views.move, {"kind": "offer"}, name="offer_move"),
    path("requests/<int:pk>/<slug:verb>/", views.move, {"kind": "request"}, name="request_move"),
    path("hs/", views.hs_codes, name="hs_codes"),
]
