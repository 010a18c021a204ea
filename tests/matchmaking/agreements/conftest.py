"""A sheet that holds, ready to be drafted, and a small PDF."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement


@pytest.fixture
def pdf():
    """Return a maker of PDFs of one blank page, as uploads; `text` makes their bytes differ."""

    def made(*, text="", script=False, password=""):
        writer = PdfWriter()
        writer.add_blank_page(width=200, height=200)
        writer.add_metadata({"/Title": text})
        if script:
            act = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('hello')")}
            writer.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject(name): value for name, value in act.items()})
        if password:
            writer.encrypt(password)
        kept = BytesIO()
        writer.write(kept)
        return SimpleUploadedFile("../../contract.pdf", kept.getvalue(), content_type="application/pdf")

    return made


@pytest.fixture
def sheet(edition, chain, supplier_segment, aurora, borealis):
    """Boris's cells for Anna's cars: USD 1,500,000.50, signed on the second day."""
    return {
        "edition": edition,
        "title": "Cells for the Aurora",
        "kind": Agreement.Kind.AGREEMENT,
        "chain": chain,
        "segment": supplier_segment,
        "signed_on": date(2027, 6, 21),
        "amount": Decimal("1500000.50"),
        "currency": "USD",
        "parties": [PartyInput(company=aurora), PartyInput(company=borealis)],
    }
