"""Uploaded logos: whatever comes in, only pixels go out."""

import io
import warnings

from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from matchmaking.participants.errors import NotAnImage

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000
LONGEST_EDGE = 800
FORMATS = ("PNG", "JPEG", "WEBP")


def reencoded(upload: File[bytes]) -> bytes:
    """Return the picture as WebP, at most 800 pixels a side, without metadata and without anything that followed the pixels.

    Raises:
        NotAnImage: not a PNG, JPEG or WebP picture, broken, over 5 MB or over 25 megapixels.
    """
    if not upload.size or upload.size > MOST_BYTES:
        raise _refusal(_("The picture is larger than 5 MB.") if upload.size else None)
    upload.seek(0)
    data = upload.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _refusal(_("The picture is larger than 5 MB."))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large and odd pictures; what is too large is refused below.
        try:
            return _as_webp(data)
        except (OSError, ValueError, SyntaxError, ArithmeticError, TypeError, EOFError, MemoryError, Image.DecompressionBombError) as fault:
            raise _refusal() from fault


def _as_webp(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=FORMATS) as checked:
        if checked.width * checked.height > MOST_PIXELS:  # Read from the header, before a single pixel is decoded.
            raise _refusal(_("The picture has more than 25 megapixels."))
        checked.verify()
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        upright = ImageOps.exif_transpose(picture)
        has_alpha = "A" in upright.getbands() or "transparency" in upright.info
        plain = upright.convert("RGBA" if has_alpha else "RGB")
    plain.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)  # Into an empty picture: EXIF, colour profiles and comments stay behind.
    out = io.BytesIO()
    fresh.save(out, "WEBP", quality=88, method=4)
    return out.getvalue()


def _refusal(detail: str | None = None) -> NotAnImage:
    return NotAnImage(detail, fields={"logo": [detail or NotAnImage.detail]})
