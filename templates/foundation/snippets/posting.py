registration = call("GET", "/registrations/?mine=true&role=exhibitor&edition={{ edition }}")["results"][0]
segment = call("GET", "/segments/?edition={{ edition }}&page_size=1")["results"][0]

offer = call(
    "POST",
    "/offers/",
    {
        "registration": registration["id"],
        "segment": segment["id"],
        "title": "Prismatic cells, 280 Ah",
        "unit": "pc",
        "unit_price": "62.50",
        "currency": "EUR",
        "price_unit": "pc",
        "external_id": "CELL-281",
    },
    Idempotency_Key="offer-2",
)
offer = call("POST", f"/offers/{offer['id']}/submit/")
print(offer["status"])
