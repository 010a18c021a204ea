"""PDFs that tests upload: a plain one, and ones that carry something active."""

import io

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject


def plain_pdf() -> bytes:
    return written(PdfWriter())


def written(writer: PdfWriter, **options: str) -> bytes:
    writer.add_blank_page(width=100, height=100)
    if options:
        writer.encrypt(**options)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def pdf_with_script() -> bytes:
    writer = PdfWriter()
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert('hello')")})
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(script)
    return written(writer)


def pdf_with_attachment() -> bytes:
    writer = PdfWriter()
    writer.add_attachment("tool.exe", b"MZ")
    return written(writer)


def pdf_with_launch() -> bytes:
    writer = PdfWriter()
    page = writer.add_blank_page(width=100, height=100)
    action = DictionaryObject({NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd.exe")})
    link = DictionaryObject({NameObject("/Type"): NameObject("/Annot"), NameObject("/A"): action})
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(link)])
    return written(writer)


def locked_pdf() -> bytes:
    return written(PdfWriter(), user_password="secret", algorithm="RC4-128")
