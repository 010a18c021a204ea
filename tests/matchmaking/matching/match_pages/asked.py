"""What the tests of these pages ask and say."""

from matchmaking.matching.models import Verdict


def found(client, path, **query):
    return client.get(path, query).context["found"]


def offers(cards):
    return [card.offer for card in cards]


def says(side, request, offer, by, what="not_for_us"):
    return Verdict.objects.create(request=request, offer=offer, side=side, says=what, reason="price" if what == "not_for_us" else "", by=by)
