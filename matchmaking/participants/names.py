"""When two names mean the same company: keys to compare by, never shown to anybody."""

import re
import unicodedata
from urllib.parse import urlsplit

LONGEST_KEY = 160
LONGEST_DOMAIN = 200
# Only at the end of a name, and never all of it: a company may well be called "Group" or "Sa".
LEGAL_FORMS = {
    *("ab", "ag", "as", "asa", "bhd", "bv", "co", "company", "corp", "corporation", "gmbh", "group", "inc", "incorporated"),
    *("kft", "kg", "kgaa", "kk", "limited", "llc", "llp", "lp", "ltd", "ltda", "nv", "nyrt", "oy", "oyj", "plc", "pte", "pty"),
    *("pvt", "sa", "sarl", "sas", "sdn", "se", "spa", "spzoo", "srl", "sro", "zrt"),
}
CHINESE_FORMS = re.compile(r"(股份有限公司|有限责任公司|有限公司|集团公司|株式会社|주식회사|集团)$")
SHORTEST_CHINESE_NAME = 2
ACCENTS = re.compile(r"[\u0300-\u036f]")
NO_GAP = re.compile(r"[.'’]")
GAP = re.compile(r"[\W_]+")
# Many companies give their page on one of these; such an address says nothing about who they are.
SHARED_HOSTS = (
    *("1688.com", "alibaba.com", "globalsources.com", "made-in-china.com", "taobao.com", "tmall.com"),
    *("baidu.com", "facebook.com", "google.com", "instagram.com", "linkedin.com", "qq.com", "twitter.com", "weibo.com", "x.com"),
    *("blogspot.com", "business.site", "github.io", "wixsite.com", "wordpress.com", "youtube.com"),
)


def name_key(name: str) -> str:
    """Return the name without case, accents, spaces, punctuation and legal form; '' when nothing is left.

    "Müller & Co. GmbH" and "MULLER AND CO" have the same key, and so have 华润集团 and 华润(集团)有限公司.
    At most 160 characters.
    """
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", name.replace("㈱", "")))
    plain = unicodedata.normalize("NFKC", plain).casefold().replace("&", " and ").replace("a/s", "as").replace("s/a", "sa")
    words = GAP.sub(" ", NO_GAP.sub("", plain)).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    joined = "".join(_without_form(words))
    return _without_chinese_form(joined)[:LONGEST_KEY]


def domain_of(website: str) -> str:
    """Return the host of a website without "www.", or '' when there is none or many companies share it."""
    text = website.strip()
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    host = host.rstrip(".").removeprefix("www.")
    shared = any(host == other or host.endswith(f".{other}") for other in SHARED_HOSTS)
    return "" if shared or "." not in host else host[:LONGEST_DOMAIN]


def _without_form(words: list[str]) -> list[str]:
    kept = list(words)
    while len(kept) > 1 and kept[-1] in LEGAL_FORMS:
        kept.pop()
    if kept and kept[-1] == "and":
        kept.pop()
    return kept or words


def _without_chinese_form(name: str) -> str:
    while True:
        shorter = CHINESE_FORMS.sub("", name)
        if shorter == name or len(shorter) < SHORTEST_CHINESE_NAME:
            return name
        name = shorter
