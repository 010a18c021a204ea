import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
READERS = re.compile(r'(?:text|flag|one_line|whole_number|_number|choice|folder|environ\.get)\(\s*"([A-Z][A-Z_]+)"')
SOURCES = ["expo/settings/api.py", "expo/settings/base.py", "expo/settings/environment.py", "gunicorn.conf.py"]
READ = sorted({name for source in SOURCES for name in READERS.findall((ROOT / source).read_text())})


def test_variables_are_found():
    assert {"DEBUG", "SECRET_KEY", "DATABASE_URL", "TRUSTED_PROXY_COUNT", "WEB_WORKERS"} <= set(READ)


@pytest.mark.parametrize("name", READ)
def test_every_variable_that_is_read_stands_in_the_readme(name):
    assert re.search(rf"^\|.*`{name}`.*\|.*\|", (ROOT / "README.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/operations.md", "docs/production.md"]
)
def test_links_lead_somewhere(document):
    path = ROOT / document
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
        assert (path.parent / target).exists(), target
