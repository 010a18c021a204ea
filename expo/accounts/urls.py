from django.urls import path

from expo.accounts import views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("accounts/keys/", views.api_keys, name="api_keys"),
    path("accounts/keys/<int:pk>/revoke/", views.revoke_key, name="revoke_key"),
]
