from django.urls import path

from matchmaking.desk import edition, plan, views

urlpatterns = [
    path("", views.home, name="home"),
    path("chains/", views.chains, name="chains"),
    path("chains/<slug:slug>/", views.chain, name="chain"),
    path("companies/<slug:slug>/", views.company, name="company"),
    path("desk/", views.desk, name="desk"),
    path("editions/<slug:slug>/", edition.edition, name="edition"),
    path("plan/", plan.plan, name="plan"),
]
