from django.urls import path

from matchmaking.meetings import views
from matchmaking.meetings.views import organiser

urlpatterns = [
    path("organiser/meetings/", organiser.meeting_board, name="meeting_board"),
    path("organiser/meetings/participants/", organiser.meeting_participants, name="meeting_participants"),
    path("organiser/meetings/participants/<int:pk>/", organiser.meeting_participant, name="meeting_participant"),
    path("organiser/meetings/acted/", organiser.meetings_acted, name="meetings_acted"),
    path("organiser/meetings/plans/", organiser.meeting_plans, name="meeting_plans"),
    path("organiser/meetings/plans/<int:pk>/", organiser.meeting_plan, name="meeting_plan"),
    path("organiser/meetings/plans/<int:pk>/<slug:verb>/", organiser.meeting_plan_step, name="meeting_plan_step"),
    path("organiser/meetings/webhooks/", organiser.meeting_webhooks, name="meeting_webhooks"),
    path("organiser/meetings/webhooks/<int:pk>/", organiser.meeting_webhook, name="meeting_webhook"),
    path("organiser/meetings/webhooks/<int:pk>/<slug:verb>/", organiser.meeting_webhook_step, name="meeting_webhook_step"),
    path("organiser/meetings/webhooks/<int:pk>/messages/<int:number>/", organiser.meeting_delivery, name="meeting_delivery"),
    path("organiser/meetings/webhooks/<int:pk>/messages/<int:number>/replay/", organiser.replay_meeting_delivery, name="replay_meeting_delivery"),
    path("organiser/meetings/changes/", organiser.meeting_changes, name="meeting_changes"),
    path("organiser/meetings/changes/new/<slug:kind>/", organiser.new_meeting_change, name="new_meeting_change"),
    path("organiser/meetings/changes/<int:pk>/", organiser.meeting_change, name="meeting_change"),
    path("organiser/meetings/changes/<int:pk>/undo/", organiser.undo_meeting_change, name="undo_meeting_change"),
    path("desk/meetings/", views.own_meetings, name="own_meetings"),
    path("desk/meetings/waiting/", views.waiting, name="waiting_meetings"),
    path("desk/meetings/times/", views.own_times, name="own_times"),
    path("desk/meetings/calendar/", views.calendar_address, name="calendar_address"),
    path("desk/meetings/calendar/revoke/", views.end_calendar_address, name="end_calendar_address"),
    path("desk/meetings/my-meetings.ics", views.own_meetings_ics, name="own_meetings_ics"),
    path("meetings/ask/", views.ask_to_meet, name="ask_to_meet"),
    path("meetings/requests/<int:pk>/", views.meeting_request, name="meeting_request"),
    path("meetings/requests/<int:pk>/<slug:verb>/", views.meeting_request_step, name="meeting_request_step"),
    path("meetings/places/<int:pk>/sign/", views.place_sign, name="place_sign"),
    path("meetings/here/<slug:key>/", views.check_in_at, name="check_in_at"),
    path("meetings/<int:pk>/", views.meeting, name="meeting"),
    path("meetings/<int:pk>/meeting.ics", views.meeting_ics, name="meeting_ics"),
    path("meetings/<int:pk>/<slug:verb>/", views.meeting_step, name="meeting_step"),
    path("calendars/<str:secret>.ics", views.calendar_feed, name="calendar_feed"),
]
