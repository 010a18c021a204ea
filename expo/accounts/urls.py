from django.urls import path

from expo.accounts import views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/notices/", views.account_notices, name="account_notices"),
    path("account/notices/<str:token>/stop/", views.stop_gathered_mail, name="stop_gathered_mail"),
    path("accounts/keys/", views.api_keys, name="api_keys"),
    path("accounts/keys/<int:pk>/revoke/", views.revoke_key, name="revoke_key"),
]
