"""The grading rules of MDN's HTTP Observatory 1.6.3, ported: twelve tests of a page's headers, each worth points, 100 to begin with.

Points above 100 count only when nothing cost more than 10, as there. What needs two more requests (the redirect from http, a foreign Origin)
is handed in. Not ported, because a site of its own cannot have it: the list of preloaded hosts, certificates, cookies of Heroku.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import Morsel
from urllib.parse import urlsplit

BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
INLINE = {"'unsafe-inline'", "data:"}
SIX_MONTHS = 15_768_000
LEAST_FOR_EXTRA = 90
GRADES = [
    (100, "A+"),
    (90, "A"),
    (85, "A-"),
    (80, "B+"),
    (70, "B"),
    (65, "B-"),
    (60, "C+"),
    (50, "C"),
    (45, "C-"),
    (40, "D+"),
    (30, "D"),
    (25, "D-"),
    (0, "F"),
]


@dataclass
class Page:
    """An answer over https, with what a scan asks besides."""

    headers: dict[str, str]
    html: str = ""
    cookies: list["Morsel[str]"] = field(default_factory=list)
    redirect_from_http: str = ""
    host: str = "testserver"
    cross_origin: dict[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        return {key.lower(): value for key, value in self.headers.items()}.get(name.lower())


def points_of(page: Page) -> dict[str, int]:
    """Return what each test adds or takes."""
    tests = (csp, cookies, cors, redirection, referrer, hsts, integrity, sniffing, framing, corp, coep, coop)
    return {test.__name__: test(page) for test in tests}


def score_of(page: Page) -> int:
    points = points_of(page).values()
    without_extra = 100 + sum(one for one in points if one < 0)
    return max(0, 100 + sum(points) if without_extra >= LEAST_FOR_EXTRA else without_extra)


def grade_of(score: int) -> str:
    return next(grade for least, grade in GRADES if score >= least)


def policy_of(page: Page) -> dict[str, set[str]]:
    policy: dict[str, set[str]] = {}
    for part in (page.header("Content-Security-Policy") or "").split(";"):
        words = part.lower().split()
        if words:
            policy.setdefault(words[0], set(words[1:]) or {"'none'"})
    return policy


def csp(page: Page) -> int:
    policy = policy_of(page)
    if not policy:
        return -25
    fallback = policy.get("default-src", {"*"})
    script, style, objects = (policy.get(name, fallback) for name in ("script-src", "style-src", "object-src"))
    if any(source.startswith(("'nonce-", "'sha")) for source in script):
        script = script - {"'unsafe-inline'"}
    active = set().union(*(sources for name, sources in policy.items() if name not in {"img-src", "media-src"}))
    passive = policy.get("img-src", fallback) | policy.get("media-src", fallback)
    if script & (BROAD | INLINE) or objects & BROAD or any(source.startswith(("http:", "ftp:")) for source in active):
        return -20
    if "'unsafe-eval'" in script | style or any(source.startswith(("http:", "ftp:")) for source in passive):
        return -10
    if style & (BROAD | INLINE):
        return 0
    return 10 if policy.get("default-src") == {"'none'"} else 5


def cookies(page: Page) -> int:
    worst = 5
    if not page.cookies:
        return 0
    protected = hsts(page) >= 0
    for cookie in page.cookies:
        is_session = any(word in cookie.key.lower() for word in ("login", "sess"))
        if not cookie["samesite"]:
            worst = min(worst, -20 if "csrf" in cookie.key.lower() else 0)
        elif cookie["samesite"].lower() not in {"lax", "strict", "none"}:
            worst = min(worst, -20)
        if not cookie["secure"]:
            worst = min(worst, (-10 if protected else -40) if is_session else (-5 if protected else -20))
        if is_session and not cookie["httponly"]:
            worst = min(worst, -30)
    return worst


def cors(page: Page) -> int:
    answer = {name.lower(): value for name, value in page.cross_origin.items()}
    open_to = answer.get("access-control-allow-origin", "")
    return -50 if open_to not in {"", "*"} and answer.get("access-control-allow-credentials", "").lower() == "true" else 0


def redirection(page: Page) -> int:
    target = urlsplit(page.redirect_from_http)
    if not page.redirect_from_http or target.scheme != "https":
        return -20
    return 0 if target.hostname == page.host else -5


def referrer(page: Page) -> int:
    header = page.header("Referrer-Policy")
    if header is None:
        return 0
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    return 5 if header.split(",")[-1].strip().lower() in private else -5


def hsts(page: Page) -> int:
    parts = [part.strip().lower() for part in (page.header("Strict-Transport-Security") or "").split(";")]
    ages = [part.removeprefix("max-age=") for part in parts if part.startswith("max-age=")]
    if not ages or not ages[0].isdigit() or "," in "".join(parts):
        return -20
    return 0 if int(ages[0]) >= SIX_MONTHS else -10


class _Scripts(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "script" and dict(attributes).get("src"):
            self.found.append(dict(attributes))


def integrity(page: Page) -> int:
    worst = 5
    scripts = _Scripts(page.html).found if "html" in (page.header("Content-Type") or "") else []
    for script in scripts:
        source, has = str(script["src"]), bool(script.get("integrity"))
        foreign = source.startswith("//") or (source.startswith(("http:", "https:")) and urlsplit(source).hostname != page.host)
        insecure = source.startswith(("http:", "//"))
        if foreign:
            worst = min(worst, (-20 if insecure else 5) if has else (-50 if insecure else -5))
        elif not has:
            worst = min(worst, 0)
    return worst if scripts else 0


def sniffing(page: Page) -> int:
    return 0 if (page.header("X-Content-Type-Options") or "").strip().lower() == "nosniff" else -5


def framing(page: Page) -> int:
    if "frame-ancestors" in policy_of(page) or (page.header("X-Frame-Options") or "").strip().lower() in {"deny", "sameorigin"}:
        return 5
    return 0 if (page.header("X-Frame-Options") or "").lower().startswith("allow-from") else -20


def _one_of(value: str | None, good: set[str], neutral: set[str]) -> int:
    if value is None or value.strip().lower() in neutral:
        return 0
    return 10 if value.strip().lower() in good else -5


def corp(page: Page) -> int:
    return _one_of(page.header("Cross-Origin-Resource-Policy"), {"same-origin", "same-site"}, {"cross-origin"})


def coep(page: Page) -> int:
    return _one_of(page.header("Cross-Origin-Embedder-Policy"), {"require-corp", "credentialless"}, {"unsafe-none"})


def coop(page: Page) -> int:
    good = {"same-origin", "same-origin-allow-popups", "noopener-allow-popups"}
    return _one_of(page.header("Cross-Origin-Opener-Policy"), good, {"unsafe-none"})
