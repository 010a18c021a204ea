from django.urls import path

from expo.programme import views

urlpatterns = [
    path("forums/", views.forums, name="forums"),
    path("forums/<slug:name>.ics", views.calendar_file, name="forum_ics"),
    path("forums/<slug:key>/", views.forum, name="forum"),
    path("forums/<slug:key>/seat/", views.reserve_seat, name="reserve_seat"),
    path("forums/<slug:key>/seat/back/", views.give_back_seat, name="give_back_seat"),
    path("my/forums.ics", views.my_calendar_file, name="my_forums_ics"),
]
