from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from expo.editions.models import Edition
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.results import agreement_lines

LINES_A_PAGE = 30


@login_not_required
@require_safe
def agreements(request: HttpRequest, slug: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    rows = Agreement.objects.visible_to(request.user).filter(edition=edition).counted().for_list().order_by("-number")
    page = Paginator(rows, LINES_A_PAGE).get_page(request.GET.get("page"))
    context = {"edition": edition, "page": page, "lines": agreement_lines(page.object_list, visitor=request.user)}
    return render(request, "agreements/agreements.html", context)
