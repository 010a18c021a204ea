since = urllib.parse.quote("2026-01-01T00:00:00Z")
changes = call("GET", f"/changes/?since={since}")
while True:
    for row in changes["results"]:
        print(row["kind"], row["id"], "gone" if row["gone"] else row["address"])
    if changes["next"] is None:
        break
    changes = call("GET", changes["next"].removeprefix(f"{SITE}/api/v1"))
print("next time, ask since", changes["until"])
