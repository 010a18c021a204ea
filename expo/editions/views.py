from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from expo.editions.models import Edition
from expo.editions.queries import figures_board


@login_not_required
@require_safe
def editions(request: HttpRequest) -> HttpResponse:
    listed = list(Edition.objects.order_by("ordinal"))
    return render(request, "editions/editions.html", {"editions": listed, "board": figures_board(listed)})
