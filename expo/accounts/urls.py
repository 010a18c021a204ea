from django.urls import path

from expo.accounts import views

urlpatterns = [
    path("account/", views.account, name="account"),
]
