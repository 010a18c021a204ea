"""How the API is built: keys, limits, and how its description names things."""

from expo.settings import environment

KNOX_TOKEN_MODEL = "accounts.ApiKey"  # noqa: S105 - the name of a model
# Requests in a minute and in a day; see docs/api.md.
API_LIMITS = {
    "key": (environment.whole_number("API_KEY_PER_MINUTE", 600), environment.whole_number("API_KEY_PER_DAY", 50_000)),
    "user": (300, 20_000),  # on a page
    "address": (environment.whole_number("API_ADDRESS_PER_MINUTE", 300), environment.whole_number("API_ADDRESS_PER_DAY", 20_000)),
}
# 256 bits after a prefix that scanners for leaked secrets can look for.
REST_KNOX = {"TOKEN_PREFIX": "icx_", "AUTH_TOKEN_CHARACTER_LENGTH": 64, "AUTH_HEADER_PREFIX": "Bearer"}
REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    # The key first: it says in a 401 how to come in.
    "DEFAULT_AUTHENTICATION_CLASSES": ["expo.accounts.keys.KeyAuthentication", "rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_THROTTLE_CLASSES": ["expo.foundation.limits.RateLimit"],
    "DEFAULT_RENDERER_CLASSES": ["expo.foundation.rest.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["expo.foundation.strictjson.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["expo.foundation.rest.StrictFilters"],
    "DEFAULT_PAGINATION_CLASS": "expo.foundation.rest.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "expo.foundation.openapi.Described",
    "EXCEPTION_HANDLER": "expo.foundation.rest.answer_error",
    "PAGE_SIZE": 100,
}
API_DESCRIPTION = """Everything a person can do on a page. Reading what is public needs no key. Writing takes a key that you make yourself at
`/accounts/keys/`, sent as `Authorization: Bearer <key>`; `/developers/` goes from zero to a first posting.

A write is POST on a list, PATCH on a row, or a verb: `POST …/submit/`. What you may not see is a 404, like what does not exist. Send an
`Idempotency-Key` with a write and repeat it without harm; send `If-Match` so as not to overwrite what changed meanwhile. Numbers with decimals are
texts, so that no digit is lost. Version 1 only grows: names and values may be added, none are taken away; what is to end says so a year ahead in
the headers `Deprecation` and `Sunset`."""
SPECTACULAR_SETTINGS = {
    "TITLE": "Interchange API",
    "VERSION": "1",
    "DESCRIPTION": API_DESCRIPTION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_NAME_OVERRIDES": {
        "StageEnum": "expo.editions.models.Stage",
        "EditionStatusEnum": "expo.editions.models.Edition.Status",
        "ChainKindEnum": "expo.editions.models.Chain.Kind",
        "ChainColourEnum": "expo.editions.models.Chain.Colour",
        "SourceReliabilityEnum": "expo.editions.models.Source.Reliability",
        "FigureQualifierEnum": "expo.editions.models.ReportedFigure.Qualifier",
        "PublicationKindEnum": "expo.editions.models.Publication.Kind",
        "BoothStatusEnum": "expo.venue.models.Booth.Status",
        "PavilionKindEnum": "expo.venue.models.Pavilion.Kind",
        "PavilionStatusEnum": "expo.venue.models.Pavilion.Status",
        "ForumKindEnum": "expo.programme.models.Forum.Kind",
        "CompanyKindEnum": "matchmaking.participants.models.Company.Kind",
        "AttendanceEnum": "matchmaking.participants.models.Registration.Attendance",
        "PostingStatusEnum": "matchmaking.marketplace.models.PostingStatus",
        "RequestVisibilityEnum": "matchmaking.marketplace.models.SourcingRequest.Visibility",
        "RegistrationRoleEnum": "matchmaking.participants.models.Registration.Role",
        "AgreementVisibilityEnum": "matchmaking.agreements.models.Agreement.Visibility",
        "HitKindEnum": "expo.foundation.search.finding.KINDS",
        "UnitEnum": "expo.foundation.units.UNIT_CHOICES",
        "AskedVisibilityEnum": "matchmaking.marketplace.api.bodies.VISIBILITIES",
        "AgreementKindEnum": "matchmaking.agreements.models.Agreement.Kind",
        "MilestoneStageEnum": "matchmaking.agreements.models.Milestone.Stage",
        "StatedQualifierEnum": "expo.editions.measured.QUALIFIERS",
        "AgreementStatusEnum": "matchmaking.agreements.models.Agreement.Status",
        "ReasonEnum": "matchmaking.matching.models.Verdict.Reason",
        "SaysEnum": "matchmaking.matching.models.Verdict.Says",
        "SideEnum": "matchmaking.matching.models.Verdict.Side",
        "MeetingStatusEnum": "matchmaking.meetings.models.Meeting.Status",
        "MeetingRequestStatusEnum": "matchmaking.meetings.models.MeetingRequest.Status",
        "MeetingReasonEnum": "matchmaking.meetings.models.Reason",
        "MeetingSideEnum": "matchmaking.meetings.models.Side",
        "OwnReasonEnum": "matchmaking.meetings.api.bodies.REASONS",
        "OutcomeSaysEnum": "matchmaking.meetings.models.Seat.Says",
        "PlaceKindEnum": "matchmaking.meetings.models.Place.Kind",
        "SlotKindEnum": "matchmaking.meetings.models.Slot.Kind",
        "MeetingEditKindEnum": "matchmaking.meetings.models.Edit.Kind",
        "PlanRunKindEnum": "matchmaking.meetings.models.PlanRun.Kind",
        "PlanRunStatusEnum": "matchmaking.meetings.models.PlanRun.Status",
        "PlannedSeatKindEnum": "matchmaking.meetings.models.PlannedSeat.Kind",
        "NoticeWayEnum": "expo.foundation.models.OutboxMessage.Way",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "expo.foundation.openapi.complete"],
}
