"""A term, where the desk lists them, and what forms and the log say."""

from expo.foundation.models import Event

LIST = "/admin/matching/term/"
CELL = {"kind": "good", "english": "lithium titanate cell|LTO cell", "chinese": "钛酸锂电芯"}


def as_form(term, **fields):
    return {"kind": term.kind, "broader": term.broader, "english": term.english, "chinese": term.chinese, "is_active": "on", **fields}


def errors_of(answer):
    return {field: list(texts) for field, texts in answer.context["adminform"].form.errors.items()}


def logged():
    return list(Event.objects.filter(verb__endswith="_term").order_by("pk").values_list("verb", "data"))
