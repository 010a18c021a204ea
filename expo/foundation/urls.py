from django.urls import include, path

from expo.foundation import views

urlpatterns = [
    path("sheets/", include("expo.foundation.sheets.urls")),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("developers/", views.developers, name="developers"),
    path("privacy/", views.privacy, name="privacy"),
    path("components/", views.components, name="components"),
    path("dev/mail/", views.dev_mail, name="dev_mail"),
]
