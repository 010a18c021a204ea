from django.urls import path

from matchmaking.desk import edition, exports, gap_views, notices, plan, postings, search, views, your_data

urlpatterns = [
    path("account/data/", your_data.your_data, name="your_data"),
    path("account/data/copy/", your_data.ask_for_copy, name="ask_for_copy"),
    path("account/data/copy/<str:key>.zip", your_data.download_copy, name="your_copy"),
    path("account/data/shown/<int:pk>/take-back/", your_data.take_back, name="take_back"),
    path("account/data/erase/", your_data.erase_account, name="erase_account"),
    path("account/data/companies/<slug:slug>/close/", your_data.close, name="close_company"),
    path("", views.home, name="home"),
    path("chains/", views.chains, name="chains"),
    path("chains/<slug:slug>/", views.chain, name="chain"),
    path("chains/<slug:slug>/gaps/", gap_views.chain_gaps, name="chain_gaps"),
    path("companies/<slug:slug>/", views.company, name="company"),
    path("desk/", views.desk, name="desk"),
    path("desk/notices/", notices.notices, name="notices"),
    path("desk/notices/read/", notices.read, name="read_notices"),
    path("desk/notices/<int:pk>/open/", notices.open_notice, name="open_notice"),
    path("desk/postings/", postings.own_postings, name="own_postings"),
    path("desk/postings/<slug:verb>/", postings.step, name="own_postings_step"),
    path("editions/<slug:slug>/", edition.edition, name="edition"),
    path("plan/", plan.plan, name="plan"),
    path("lists/<slug:name>.xlsx", exports.export, {"form": "xlsx"}, name="list_xlsx"),
    path("lists/<slug:name>.csv", exports.export, {"form": "csv"}, name="list_csv"),
    path("search/", search.search, name="search"),
    path("search/suggestions/", search.suggest, name="search_suggestions"),
]
