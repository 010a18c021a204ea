from django.urls import path

from expo.editions import views

urlpatterns = [
    path("editions/", views.editions, name="editions"),
]
