"""How the results of an edition are searched: one page for each edition whose results may be read."""

from collections.abc import Iterator

from expo.editions.models import Edition
from expo.foundation.search import Both, Describer, Found, searched
from expo.foundation.search.register import Keys


def _results(keys: Keys) -> Iterator[Found]:
    for row in Edition.objects.filter(pk__in=keys):
        if row.has_results:
            yield Found(
                key=row.pk,
                title=Both(f"Results: {row.short_name_en}", f"成果：{row.short_name_zh or row.short_name_en}"),
                route=("results", [row.slug], ""),
                names=(row.name_en, row.name_zh, "report figures agreements intentions", "报告 数据 协议 意向"),
                edition_id=row.pk,
            )


def register() -> None:
    """Let results be found."""
    searched(Describer("results", "page", Edition, _results))
