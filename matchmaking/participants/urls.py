from django.urls import path

from matchmaking.participants import views

urlpatterns = [
    path("register/", views.register, name="register"),
    path("register/company/", views.register_company, name="register_company"),
    path("register/start/", views.register_start, name="register_start"),
    path("register/join/", views.register_join, name="register_join"),
    path("register/<int:pk>/", views.registration_participation, name="registration_participation"),
    path("register/<int:pk>/review/", views.registration_review, name="registration_review"),
    path("register/<int:pk>/withdraw/", views.registration_withdraw, name="registration_withdraw"),
    path("exhibitors/", views.exhibitors, name="exhibitors"),
    path("companies/<slug:slug>/edit/", views.company_edit, name="company_edit"),
    path("companies/<slug:slug>/edit/logo/", views.company_set_logo, name="company_set_logo"),
    path("companies/<slug:slug>/members/", views.company_members, name="company_members"),
    path("companies/<slug:slug>/members/<int:pk>/<slug:answer>/", views.member_answer, name="member_answer"),
    path("files/logos/<slug:slug>.webp", views.company_logo, name="company_logo"),
]
