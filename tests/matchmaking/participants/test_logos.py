import io
import struct
import zlib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from expo.foundation.errors import NotAllowed
from matchmaking.participants import actions
from matchmaking.participants.errors import NotAnImage
from matchmaking.participants.models import Company
from tests import builders

SCRIPT = b"<script>alert('run me')</script>"


def picture(form="PNG", size=(40, 20), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(out, form, **options)
    return out.getvalue()


def upload(data, name="logo.png", kind="image/png"):
    return SimpleUploadedFile(name, data, kind)


def giant_png(width, height):
    """A PNG of a few bytes that says it has width times height pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def stored_bytes(company):
    return Path(company.logo.path).read_bytes()


HOSTILE = {
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "SVG with an XML head": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
    "HTML": b"<!doctype html>" + SCRIPT,
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n(/etc/passwd) run\n%%EOF\n",
    "PDF": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF",
    "PHP": b"<?php system($_GET['c']); ?>",
    "ZIP": b"PK\x03\x04" + b"\0" * 60,
    "nothing": b"",
    "NUL bytes": b"\0" * 500,
    "GIF": picture("GIF"),
    "BMP": picture("BMP"),
    "TIFF": picture("TIFF"),
    "PSD": b"8BPS\0\1" + b"\0" * 40,
    "ICO": picture("ICO", (32, 32)),
    "PPM": picture("PPM"),
    "a PNG signature and no more": b"\x89PNG\r\n\x1a\n",
    "a PNG cut short": picture(size=(400, 400))[:60],
    "a JPEG cut to its head": picture("JPEG")[:30],
    "a WebP cut short": picture("WEBP", size=(400, 400), lossless=True)[:24],
    "26 megapixels": giant_png(26_000, 1000),
    "four thousand megapixels": giant_png(65_000, 65_000),
    "no pixels at all": giant_png(0, 0),
    "a PNG with a broken checksum": giant_png(10, 10).replace(b"IDAT", b"IDAX"),
    "more than 5 MB": picture() + b"\0" * (5 * 1024 * 1024),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_is_refused_and_nothing_is_stored(boris, borealis, name):
    with pytest.raises(NotAnImage) as refused:
        actions.set_logo(borealis, by=boris, upload=upload(HOSTILE[name]))
    assert list(refused.value.fields) == ["logo"]
    assert not Company.objects.get(pk=borealis.pk).logo
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.*"))


@pytest.mark.parametrize("name", ["evil.html", "../../evil.png", "x.php\u202egnp.webp", "a.svg", ".htaccess", "x" * 300 + ".png"])
def test_what_the_uploader_called_it_is_not_kept(boris, borealis, name):
    company = actions.set_logo(borealis, by=boris, upload=upload(picture(), name))
    (stored,) = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert stored.parent == Path(settings.MEDIA_ROOT) / "logos"
    assert stored.suffix == ".webp"
    assert company.logo.name == f"logos/{stored.name}"
    assert len(stored.stem) == 32


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("JPEG", "CMYK"), ("JPEG", "L"), ("WEBP", "RGBA")]
)
def test_every_picture_becomes_webp(boris, borealis, form, mode):
    company = actions.set_logo(borealis, by=boris, upload=upload(picture(form, mode=mode)))
    with Image.open(io.BytesIO(stored_bytes(company))) as stored:
        assert (stored.format, stored.size) == ("WEBP", (40, 20))


def test_a_script_behind_the_pixels_is_gone(boris, borealis):
    for form in ("PNG", "JPEG", "WEBP"):
        company = actions.set_logo(borealis, by=boris, upload=upload(picture(form) + SCRIPT))
        assert b"script" not in stored_bytes(company)


def test_a_script_in_a_comment_and_the_place_of_the_camera_are_gone(boris, borealis):
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SCRIPT.decode())
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (31.0, 14.0, 0.0)}
    exif[0x010E] = "taken at home"
    for data in (picture(pnginfo=text), picture("JPEG", exif=exif, comment=SCRIPT), picture("WEBP", exif=exif, xmp=SCRIPT)):
        company = actions.set_logo(borealis, by=boris, upload=upload(data))
        stored = stored_bytes(company)
        assert b"script" not in stored
        assert b"taken" not in stored
        assert b"EXIF" not in stored
        with Image.open(io.BytesIO(stored)) as seen:
            assert not seen.getexif()


def test_a_photo_stands_upright(boris, borealis):
    exif = Image.Exif()
    exif[0x0112] = 6
    company = actions.set_logo(borealis, by=boris, upload=upload(picture("JPEG", exif=exif)))
    with Image.open(io.BytesIO(stored_bytes(company))) as stored:
        assert stored.size == (20, 40)


def test_a_large_picture_becomes_a_small_one(boris, borealis):
    company = actions.set_logo(borealis, by=boris, upload=upload(picture(size=(4000, 1000))))
    with Image.open(io.BytesIO(stored_bytes(company))) as stored:
        assert stored.size == (800, 200)


def test_a_new_logo_replaces_the_old_file(boris, borealis, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = actions.set_logo(borealis, by=boris, upload=upload(picture())).logo.name
        second = actions.set_logo(borealis, by=boris, upload=upload(picture())).logo.name
    assert first != second
    assert [path.name for path in Path(settings.MEDIA_ROOT, "logos").iterdir()] == [Path(second).name]
    with django_capture_on_commit_callbacks(execute=True):
        assert not actions.set_logo(borealis, by=boris, upload=None).logo
    assert not list(Path(settings.MEDIA_ROOT, "logos").iterdir())


def test_strangers_do_not_set_a_logo(anna, carla, borealis):
    builders.member(borealis, carla, role="representative")
    for person in (anna, carla):
        with pytest.raises(NotAllowed):
            actions.set_logo(borealis, by=person, upload=upload(picture()))
    assert not Company.objects.get(pk=borealis.pk).logo


def test_a_logo_is_served_as_a_picture_that_cannot_run(boris, borealis, client):
    actions.set_logo(borealis, by=boris, upload=upload(picture()))
    answer = client.get("/files/logos/borealis-cells.webp")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == "inline"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer
    with Image.open(io.BytesIO(answer.content)) as seen:
        assert seen.format == "WEBP"


def test_the_logo_of_a_hidden_company_is_its_own_business(carla, anna, client_of):
    company = actions.found_company(by=carla, name="Caldera", country="PT")
    actions.set_logo(company, by=carla, upload=upload(picture()))
    for person, status in [(None, 404), (anna, 404), (carla, 200)]:
        assert client_of(person).get("/files/logos/caldera.webp").status_code == status
    assert "private" in client_of(carla).get("/files/logos/caldera.webp")["Cache-Control"]


def test_nothing_else_is_public_under_files(boris, borealis, client_of):
    name = actions.set_logo(borealis, by=boris, upload=upload(picture())).logo.name
    secret = Path(settings.MEDIA_ROOT) / "agreements" / "secret.pdf"
    secret.parent.mkdir(parents=True)
    secret.write_bytes(b"%PDF-1.7 secret")
    for person in (None, boris):
        for address in (
            f"/files/{name}",
            "/files/agreements/secret.pdf",
            "/files/",
            "/files/logos/",
            "/files/logos/..%2fagreements%2fsecret.pdf.webp",
        ):
            assert client_of(person).get(address).status_code == 404


def test_a_company_without_a_logo_or_with_a_lost_file_has_none(boris, borealis, client):
    assert client.get("/files/logos/borealis-cells.webp").status_code == 404
    company = actions.set_logo(borealis, by=boris, upload=upload(picture()))
    company.logo.storage.delete(company.logo.name)
    assert client.get("/files/logos/borealis-cells.webp").status_code == 404
    assert client.post("/files/logos/borealis-cells.webp").status_code == 405
