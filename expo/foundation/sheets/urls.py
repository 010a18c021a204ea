from django.urls import path

from expo.foundation.sheets import views

urlpatterns = [
    path("lists/<uuid:key>/", views.list_export, name="list_export"),
    path("lists/<uuid:key>/file/", views.list_file, name="list_file"),
    path("imports/<uuid:key>/", views.sheet_import, name="sheet_import"),
    path("imports/<uuid:key>/faults.csv", views.faults, name="sheet_faults"),
    path("imports/<uuid:key>/<slug:verb>/", views.move, name="sheet_move"),
    path("<slug:kind>/<int:scope>/", views.sheet, name="sheet"),
    path("<slug:kind>/<int:scope>/template.xlsx", views.template, {"form": "xlsx"}, name="sheet_template"),
    path("<slug:kind>/<int:scope>/template.csv", views.template, {"form": "csv"}, name="sheet_template_csv"),
    path("<slug:kind>/<int:scope>/export.xlsx", views.export, {"form": "xlsx"}, name="sheet_export"),
    path("<slug:kind>/<int:scope>/export.csv", views.export, {"form": "csv"}, name="sheet_export_csv"),
]
