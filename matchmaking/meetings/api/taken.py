"""What the description of the API shows of a lost race."""

SLOT_TAKEN = {
    "code": "slot_taken",
    "detail": "This time has just been taken. Choose one of the free times, or propose another.",
    "fields": {},
    "data": {"alternatives": [{"id": 12, "starts_at": "2026-06-22T02:00:00+00:00", "ends_at": "2026-06-22T02:30:00+00:00"}]},
}
