segment = call("GET", "/segments/?edition={{ edition }}&page_size=1")["results"][0]

company = call(
    "POST",
    "/companies/",
    {"name": "Sample Cells", "country": "DE", "website": "https://sample.example/"},
    Idempotency_Key="company-2",
)
registration = call(
    "POST",
    "/registrations/",
    {"company": company["slug"], "role": "exhibitor", "chains": [segment["chain"]["slug"]]},
    Idempotency_Key="registration-2",
)
call("POST", f"/registrations/{registration['id']}/submit/")
