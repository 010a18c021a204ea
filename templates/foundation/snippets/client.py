import json
import os
import urllib.parse
import urllib.request

SITE, KEY = os.environ["SITE"], os.environ["KEY"]


def call(method, path, body=None, **headers):
    request = urllib.request.Request(
        f"{SITE}/api/v1{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {KEY}",
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
