SEGMENT=$(curl -s "$SITE/api/v1/segments/?edition={{ edition }}&page_size=1" | grep -o '"id":[0-9]*' | head -n 1 | cut -d : -f 2)

OFFER=$(curl -s "$SITE/api/v1/offers/" \
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
  -H "Idempotency-Key: offer-1" \
  -d '{"segment": '"$SEGMENT"', "title": "Prismatic cells, 280 Ah", "unit": "pc",
       "unit_price": "62.50", "currency": "EUR", "price_unit": "pc",
       "minimum_quantity": "500", "external_id": "CELL-280"}' |
  grep -o '"id":[0-9]*' | head -n 1 | cut -d : -f 2)

curl -s -X POST "$SITE/api/v1/offers/$OFFER/submit/" -H "Authorization: Bearer $KEY"
