from django.urls import path

from matchmaking.matching import views

urlpatterns = [
    path("market/", views.market, name="market"),
    path("offers/<int:pk>/", views.offer, name="offer"),
    path("requests/<int:pk>/", views.sourcing_request, name="sourcing_request"),
]
