SEGMENT=$(curl -s "$SITE/api/v1/segments/?edition={{ edition }}&page_size=1")
CHAIN=$(echo "$SEGMENT" | grep -o '"chain":{[^}]*}' | grep -o '"slug":"[^"]*"' | cut -d '"' -f 4)

curl -s "$SITE/api/v1/companies/" \
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
  -H "Idempotency-Key: company-1" \
  -d '{"name": "Example Cells", "country": "DE", "website": "https://cells.example/"}'

REGISTRATION=$(curl -s "$SITE/api/v1/registrations/" \
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
  -H "Idempotency-Key: registration-1" \
  -d '{"company": "example-cells", "role": "exhibitor", "chains": ["'"$CHAIN"'"]}' |
  grep -o '"id":[0-9]*' | head -n 1 | cut -d : -f 2)

curl -s -X POST "$SITE/api/v1/registrations/$REGISTRATION/submit/" -H "Authorization: Bearer $KEY"
