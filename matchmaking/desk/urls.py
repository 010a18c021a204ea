from django.urls import path

from matchmaking.desk import edition, plan

urlpatterns = [
    path("editions/<slug:slug>/", edition.edition, name="edition"),
    path("plan/", plan.plan, name="plan"),
]
