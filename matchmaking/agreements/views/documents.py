from django.http import FileResponse, Http404

from matchmaking.agreements.models import Agreement


def document_file(agreement: Agreement) -> FileResponse:
    """Send the paper behind an agreement as a file that cannot do anything in a browser; 404 where there is none, or it is gone."""
    if not agreement.document:
        raise Http404
    try:
        answer = FileResponse(
            agreement.document.open("rb"), as_attachment=True, filename=f"agreement-{agreement.pk}.pdf", content_type="application/pdf"
        )
    except FileNotFoundError as fault:
        raise Http404 from fault
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
