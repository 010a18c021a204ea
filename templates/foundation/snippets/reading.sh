curl -s "$SITE/api/v1/offers/?mine=true" -H "Authorization: Bearer $KEY"
curl -s "$SITE/api/v1/changes/?since=2026-01-01T00:00:00Z" -H "Authorization: Bearer $KEY"
