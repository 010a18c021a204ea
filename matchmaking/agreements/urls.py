from django.urls import path

from matchmaking.agreements import views

urlpatterns = [
    path("editions/<slug:slug>/results/", views.results, name="results"),
    path("editions/<slug:slug>/agreements/", views.agreements, name="agreements"),
]
