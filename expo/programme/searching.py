"""How forums are searched."""

from collections.abc import Iterator

from expo.editions.models import Chain, Edition
from expo.foundation.search import Both, Describer, Found, reaches, searched
from expo.foundation.search.register import Keys
from expo.programme.models import Forum, Session, Speaker


def _forums(keys: Keys) -> Iterator[Found]:
    spoken: dict[int, list[str]] = {}
    for forum, *titles in Session.objects.filter(forum__in=keys).order_by("pk").values_list("forum", "title_en", "title_zh"):
        spoken.setdefault(forum, []).extend(titles)
    speakers = Speaker.objects.filter(session__forum__in=keys).order_by("pk")
    for forum, *names in speakers.values_list("session__forum", "name_en", "name_zh", "role_en", "role_zh"):
        spoken.setdefault(forum, []).extend(names)
    for row in Forum.objects.filter(pk__in=keys).select_related("edition", "chain"):
        chain, edition = row.chain, row.edition
        yield Found(
            key=row.pk,
            title=Both(row.title_en, row.title_zh),
            route=("forum", [row.key], ""),
            text=Both(row.note_en, row.note_zh),
            names=(
                row.place_en, row.place_zh, edition.short_name_en, edition.short_name_zh, *spoken.get(row.pk, ()),
                *((chain.name_en, chain.name_zh) if chain else ()),
            ),
            aside=Both(edition.short_name_en, edition.short_name_zh),
            edition_id=row.edition_id,
            at=row.starts_at,
            sign=(chain.code, chain.colour) if chain else None,
        )  # fmt: skip


def register() -> None:
    """Let forums be found."""
    searched(Describer("forum", "forum", Forum, _forums))
    reaches(Session, lambda keys: [(Forum, Session.objects.filter(pk__in=keys).values_list("forum", flat=True))])
    reaches(Speaker, lambda keys: [(Forum, Speaker.objects.filter(pk__in=keys).values_list("session__forum", flat=True))])
    reaches(Edition, lambda keys: [(Forum, Forum.objects.filter(edition__in=keys).values_list("pk", flat=True))])
    reaches(Chain, lambda keys: [(Forum, Forum.objects.filter(chain__in=keys).values_list("pk", flat=True))])
