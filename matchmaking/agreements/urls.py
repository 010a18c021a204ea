from django.urls import path

from matchmaking.agreements import views
from matchmaking.agreements.views import maps

urlpatterns = [
    path("editions/<slug:slug>/results/", views.results, name="results"),
    path("editions/<slug:slug>/agreements/", views.agreements, name="agreements"),
    path("editions/<slug:slug>/maps/", maps.supply_maps, name="supply_maps"),
    path("editions/<slug:slug>/maps/<slug:chain>/", maps.supply_map, name="supply_map"),
    path("editions/<slug:slug>/maps/<slug:chain>.svg", maps.supply_map_file, {"kind": "svg"}, name="supply_map_svg"),
    path("editions/<slug:slug>/maps/<slug:chain>.json", maps.supply_map_file, {"kind": "json"}, name="supply_map_json"),
    path("editions/<slug:slug>/maps/<slug:chain>.csv", maps.supply_map_file, {"kind": "csv"}, name="supply_map_csv"),
]
