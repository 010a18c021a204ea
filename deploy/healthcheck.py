# ruff: noqa: INP001 - a script, not a package
"""Ask the site in this container whether it lives: 0 when it does. Under the name it answers to, which is that of SITE_URL."""

import os
import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit


def main() -> int:
    link = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
    try:
        link.request("GET", "/healthz", headers={"Host": urlsplit(os.environ.get("SITE_URL", "http://localhost")).hostname or "localhost"})
        return 0 if link.getresponse().status == 200 else 1  # noqa: PLR2004 - HTTP's word for well
    except (OSError, HTTPException):
        return 1
    finally:
        link.close()


if __name__ == "__main__":
    sys.exit(main())
