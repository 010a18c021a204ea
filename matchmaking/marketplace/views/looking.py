from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from matchmaking.marketplace import hs
from matchmaking.marketplace.models import Offer, OfferCertificate

LONGEST_SEARCH = 100


@login_not_required
@require_safe
def hs_codes(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    language = get_language() or "en"
    found = hs.search(words, language)
    rows = [(code.code, code.name(language), code.name("en" if language.startswith("zh") else "zh-hans")) for code in found]
    return render(request, "marketplace/hs_codes.html", {"words": words, "rows": rows})


@login_not_required
@require_safe
def certificate_file(request: HttpRequest, offer: int, pk: int) -> FileResponse:
    seen = Offer.objects.visible_to(request.user).filter(pk=offer)
    row = get_object_or_404(OfferCertificate.objects.exclude(file=""), pk=pk, offer__in=seen.values("pk"))
    return proof_file(row)


def proof_file(row: OfferCertificate) -> FileResponse:
    """Send the proof as a file that cannot do anything in a browser; 404 where it is gone."""
    try:
        response = FileResponse(
            row.file.open("rb"), as_attachment=True, filename=f"certificate-{row.pk}.pdf", content_type="application/pdf"
        )
    except FileNotFoundError as fault:
        raise Http404 from fault
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
