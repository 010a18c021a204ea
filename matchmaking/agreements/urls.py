from django.urls import path

from matchmaking.agreements import views
from matchmaking.agreements.views import by_link, fulfilment, maps, milestones, organiser, own
from matchmaking.agreements.views.organiser import statistics

urlpatterns = [
    path("editions/<slug:slug>/results/", views.results, name="results"),
    path("editions/<slug:slug>/agreements/", views.agreements, name="agreements"),
    path("editions/<slug:slug>/maps/", maps.supply_maps, name="supply_maps"),
    path("editions/<slug:slug>/maps/<slug:chain>/", maps.supply_map, name="supply_map"),
    path("editions/<slug:slug>/maps/<slug:chain>.svg", maps.supply_map_file, {"kind": "svg"}, name="supply_map_svg"),
    path("editions/<slug:slug>/maps/<slug:chain>.json", maps.supply_map_file, {"kind": "json"}, name="supply_map_json"),
    path("editions/<slug:slug>/maps/<slug:chain>.csv", maps.supply_map_file, {"kind": "csv"}, name="supply_map_csv"),
    path("desk/agreements/", own.own_list, name="own_agreements"),
    path("desk/agreements/new/", own.new_own_agreement, name="new_own_agreement"),
    path("desk/agreements/<int:pk>/", own.own_agreement, name="own_agreement"),
    path("desk/agreements/<int:pk>/edit/", own.edit_own_agreement, name="edit_own_agreement"),
    path("desk/agreements/<int:pk>/document.pdf", own.own_agreement_document, name="own_agreement_document"),
    path("desk/agreements/<int:pk>/<slug:verb>/", own.own_agreement_step, name="own_agreement_step"),
    path("agreements/by-link/<str:secret>/", by_link.agreement_by_link, name="agreement_by_link"),
    path("agreements/by-link/<str:secret>/document.pdf", by_link.document_by_link, name="agreement_document_by_link"),
    path("organiser/agreements/", organiser.organiser_agreements, name="organiser_agreements"),
    path("organiser/agreements/verify/", organiser.organiser_verify_many, name="organiser_verify_many"),
    path("organiser/agreements/duplicates/", organiser.organiser_duplicates, name="organiser_duplicates"),
    path("organiser/agreements/duplicates/<slug:verb>/", organiser.organiser_duplicates_step, name="organiser_duplicates_step"),
    path("organiser/agreements/<int:pk>/", organiser.organiser_agreement, name="organiser_agreement"),
    path("organiser/agreements/<int:pk>/correct/", organiser.organiser_correct, name="organiser_correct"),
    path("organiser/agreements/<int:pk>/<slug:verb>/", organiser.organiser_agreement_step, name="organiser_agreement_step"),
    path("editions/<slug:slug>/fulfilment/", fulfilment.edition_fulfilment, name="edition_fulfilment"),
    path("editions/<slug:slug>/fulfilment/rows/", fulfilment.fulfilment_rows, name="fulfilment_rows"),
    path("editions/<slug:slug>/fulfilment.xlsx", fulfilment.fulfilment_sheet, {"form": "xlsx"}, name="fulfilment_sheet"),
    path("editions/<slug:slug>/fulfilment.csv", fulfilment.fulfilment_sheet, {"form": "csv"}, name="fulfilment_csv"),
    path("agreements/milestone/<str:secret>/", milestones.milestone_by_link, name="milestone_by_link"),
    path("desk/agreements/milestones/<int:pk>/", milestones.answer_milestone, name="answer_milestone"),
    path("organiser/statistics/", statistics.organiser_statistics, name="organiser_statistics"),
    path("organiser/statistics/<int:pk>/", statistics.organiser_statistic, name="organiser_statistic"),
    path("organiser/statistics/<int:pk>/end/", statistics.organiser_end_statistic, name="organiser_end_statistic"),
    path("organiser/rates/", organiser.organiser_rates, name="organiser_rates"),
    path("organiser/rates/state/", organiser.organiser_state_rate, name="organiser_state_rate"),
]
