"""Matching runs with what they cost and found, and the weights that the next one works with."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition
from expo.foundation.admin import ReadOnlyAdmin
from matchmaking.matching import rules
from matchmaking.matching.actions import start_run
from matchmaking.matching.engine.weights import MOST_WISH
from matchmaking.matching.errors import RunUnderWay
from matchmaking.matching.models import MatchRun, Shard, Weight
from matchmaking.matching.quality import effect_of
from matchmaking.matching.world import plain_weights, weights_of

MIB = 1024**2
MOST_POINTS = 100
OPEN = (MatchRun.Status.QUEUED, MatchRun.Status.RUNNING)


class RunForm(forms.ModelForm[MatchRun]):
    class Meta:
        model = MatchRun
        fields = ["edition"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "edition" in self.fields:
            # An edition is chosen here, not made or changed.
            self.fields["edition"].widget = getattr(self.fields["edition"].widget, "widget", self.fields["edition"].widget)
            self.fields["edition"].initial = Edition.objects.filter(is_current=True).first()

    def clean_edition(self) -> Edition:
        edition: Edition = self.cleaned_data["edition"]
        if MatchRun.objects.filter(edition=edition, status__in=OPEN).exists():
            raise ValidationError(RunUnderWay.detail)
        return edition


class ShardInline(admin.TabularInline[Shard, MatchRun]):
    model = Shard
    extra = 0
    can_delete = False
    fields = readonly_fields = ("segment", "status", "attempts", "taken_at", "done_at", "found", "cost")

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("segment__chain")

    @admin.display(description=_("matches"))
    def found(self, shard: Shard) -> str:
        return _number(shard.figures["requests"]["matches"] + shard.figures["offers"]["matches"]) if shard.figures else "–"

    @admin.display(description=_("CPU seconds"))
    def cost(self, shard: Shard) -> str:
        return _number(shard.figures["cpu_seconds"], 2) if shard.figures else "–"


@admin.register(MatchRun)
class MatchRunAdmin(ReadOnlyAdmin):
    form = RunForm
    list_display = ["number", "edition", "status", "created_at", "duration", "progress", "matches", "cpu", "largest_share"]
    list_filter = ["edition", "status"]
    list_select_related = ["edition"]
    inlines = [ShardInline]
    shown = ("edition", "status", "note", "asked_by", "created_at", "started_at", "finished_at", "duration", "progress")
    found = ("read", "matches", "near_misses", "cpu", "peak", "spread", "quality")
    known = ("engine_version", "glossary_digest", "weights", "limits")

    def get_queryset(self, request: HttpRequest) -> Any:
        done = Count("shards", filter=Q(shards__status=Shard.Status.DONE))
        return super().get_queryset(request).annotate(shards_done=done, shards_all=Count("shards"))

    def get_fieldsets(self, request: HttpRequest, obj: MatchRun | None = None) -> Any:
        if obj is None:
            return [
                (
                    None,
                    {
                        "fields": ["edition"],
                        "description": _("Workers take it up at once; the matches that are shown stay until it has ended."),
                    },
                )
            ]
        return [
            (None, {"fields": self.shown}),
            (_("What it found"), {"fields": self.found}),
            (_("What it worked with"), {"fields": self.known}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: MatchRun | None = None) -> Any:
        return () if obj is None else (*self.shown, *self.found, *self.known)

    def get_inlines(self, request: HttpRequest, obj: MatchRun | None) -> Any:
        return [] if obj is None else self.inlines

    def has_add_permission(self, request: HttpRequest) -> bool:
        return rules.may_start_run(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"title": _("Matching runs"), **(extra_context or {})})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        return super().add_view(request, form_url, {"title": _("Start a matching run"), **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        run = start_run(form.cleaned_data["edition"], by=request.user)  # type: ignore[arg-type] # this site's people
        obj.pk = run.pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The action has written the shards."""

    @admin.display(description=_("run"), ordering="pk")
    def number(self, run: MatchRun) -> str:
        return str(run.pk)

    @admin.display(description=_("duration"))
    def duration(self, run: MatchRun) -> str:
        if run.started_at is None or run.finished_at is None:
            return "–"
        seconds = round((run.finished_at - run.started_at).total_seconds())
        return _t("%(minutes)d min %(seconds)02d s") % {"minutes": seconds // 60, "seconds": seconds % 60}

    @admin.display(description=_("shards done"))
    def progress(self, run: Any) -> str:
        return _t("%(done)s of %(all)s") % {"done": run.shards_done, "all": run.shards_all}

    @admin.display(description=_("matches"))
    def matches(self, run: MatchRun) -> str:
        return _figure(run, "matches")

    @admin.display(description=_("near misses"))
    def near_misses(self, run: MatchRun) -> str:
        return _figure(run, "near_misses")

    @admin.display(description=_("read"))
    def read(self, run: MatchRun) -> str:
        words = _t("%(offers)s offers, %(requests)s requests, %(pairs)s pairs scored")
        return words % {name: _figure(run, name) for name in ("offers", "requests", "pairs")}

    @admin.display(description=_("CPU seconds"))
    def cpu(self, run: MatchRun) -> str:
        return _figure(run, "cpu_seconds", 1)

    @admin.display(description=_("peak memory, MiB"))
    def peak(self, run: MatchRun) -> str:
        return _number(run.figures["peak_bytes"] // MIB) if "peak_bytes" in run.figures else "–"

    @admin.display(description=_("largest share"))
    def largest_share(self, run: MatchRun) -> str:
        spread = run.figures.get("exposure", {}).get("requests")
        return f"{_number(100 * spread['after']['largest_share'], 2)} %" if spread else "–"

    @admin.display(description=_("places by company"))
    def spread(self, run: MatchRun) -> str:
        sides = {"requests": _t("lists of requests"), "offers": _t("lists of offers")}
        words = _t(
            "%(side)s: the largest share went from %(before)s to %(after)s %%, Gini from %(gini)s to %(to)s; a place lost %(cost)s points"
        )
        lines = [
            words
            % {
                "side": sides[side],
                "before": _number(100 * said["before"]["largest_share"], 2),
                "after": _number(100 * said["after"]["largest_share"], 2),
                "gini": _number(said["before"]["gini"], 3),
                "to": _number(said["after"]["gini"], 3),
                "cost": _number(said["cost_in_score"], 2),
            }
            for side, said in run.figures.get("exposure", {}).items()
        ]
        return format_html_join("", "<p>{}</p>", [(line,) for line in lines]) or "–"

    @admin.display(description=_("quality"))
    def quality(self, run: MatchRun) -> str:
        said = run.figures.get("quality")
        if not said:
            return _t("not evaluated; see `manage.py evaluate_matching`")
        lines = [_judged_in_words(said["judged"]), _uptake_in_words(said["uptake"]) if said["uptake"] else ""]
        return format_html_join("", "<p>{}</p>", [(line,) for line in lines if line])

    @admin.display(description=_("weights"))
    def weights(self, run: MatchRun) -> str:
        return _pairs(run.parameters.get("weights", {}))

    @admin.display(description=_("limits"))
    def limits(self, run: MatchRun) -> str:
        if not run.parameters:
            return "–"
        words = _t(
            "%(top)s places a list, %(near)s near misses; one company has at most %(share)s %% of the places where others are within %(within)s points"
        )
        said = run.parameters
        share = _number(100 * said["share"], 1)
        return words % {"top": said["top"], "near": said["near"], "share": share, "within": _number(said["within"], 1)}


def _judged_in_words(said: Any) -> str:
    if "fault" in said:
        return _t("The judged collection could not be read: %(fault)s") % {"fault": said["fault"]}
    words = _t(
        "Judged collection of %(requests)s requests and %(offers)s offers: nDCG@10 %(ndcg)s, recall@10 %(recall)s, across languages %(cross_recall)s; %(violation)s of the first ten are worth nothing, %(broken)s break a requirement"
    )
    names = ("ndcg", "recall", "cross_recall", "violation", "broken")
    return words % {"requests": said["requests"], "offers": said["offers"], **{name: _with_interval(said[name]) for name in names}}


def _with_interval(figure: Any) -> str:
    if not figure:
        return "–"
    return f"{_number(figure['mean'], 3)} [{_number(figure['low'], 3)}, {_number(figure['high'], 3)}]"


def _uptake_in_words(said: Any) -> str:
    words = _t("Of the first three places of run %(run)s, %(shown)s: %(interested)s would like to meet, %(not_for_us)s not for us")
    return words % {name: said[name] if name == "run" else _number(said[name]) for name in ("run", "shown", "interested", "not_for_us")}


def _figure(run: MatchRun, name: str, digits: int = 0) -> str:
    return _number(run.figures[name], digits) if name in run.figures else "–"


def _number(value: float, digits: int = 0) -> str:
    return number_format(value, decimal_pos=digits, use_l10n=True, force_grouping=True)


def _pairs(values: Any) -> str:
    return format_html_join(", ", "{} {}", [(name, f"{value:g}" if isinstance(value, float) else value) for name, value in values.items()])


class WeightForm(forms.ModelForm[Weight]):
    factor = forms.ChoiceField(label=_("factor"))

    class Meta:
        model = Weight
        fields = ["factor", "points"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields.get("factor")
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(name, name) for name in plain_weights()]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors and "factor" in said and said["points"] <= MOST_POINTS:  # Beyond, the field says so.
            points = said["points"] / MOST_POINTS if said["factor"] == "terms" else float(said["points"])
            try:
                weights_of({**plain_weights(), said["factor"]: points})
            except ValueError:
                if said["factor"] == "wish":
                    raise ValidationError(_("Wishes count %(most)s points at most.") % {"most": MOST_WISH}) from None
                raise ValidationError(_("One factor of its group must count: all of them would be 0.")) from None
        return said


@admin.register(Weight)
class WeightAdmin(admin.ModelAdmin[Weight]):
    form = WeightForm
    list_display = ["factor", "points", "own", "changed_at"]
    change_list_template = "admin/matching/weight/change_list.html"
    readonly_fields = ["hint"]
    fields = ["factor", "points", "hint"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_look = self.has_view_permission(request)
        counted = {name: value * MOST_POINTS if name == "terms" else value for name, value in plain_weights().items()} if may_look else {}
        changed = dict(Weight.objects.values_list("factor", "pk")) if may_look else {}
        rows = [(name, f"{value:g}", changed.get(name)) for name, value in counted.items()]
        return super().changelist_view(request, {**(extra_context or {}), "counted": rows})

    def save_model(self, request: HttpRequest, obj: Weight, form: Any, change: bool) -> None:
        before = plain_weights()
        super().save_model(request, obj, form, change)
        self._tell_effect(request, before)

    def delete_model(self, request: HttpRequest, obj: Weight) -> None:
        before = plain_weights()
        super().delete_model(request, obj)
        self._tell_effect(request, before)

    def _tell_effect(self, request: HttpRequest, before: dict[str, float]) -> None:
        effect = effect_of(before, plain_weights())
        if effect is None:
            return
        words = _t(
            "On the judged collection: nDCG@10 %(before)s before, %(after)s now; recall@10 across languages %(was)s before, %(is)s now."
        )
        values = zip(("before", "after", "was", "is"), (*effect.ndcg, *effect.cross_recall), strict=True)
        self.message_user(request, words % {name: _number(value, 4) for name, value in values})

    @admin.display(description=_("engine's own"))
    def own(self, weight: Weight) -> str:
        from matchmaking.matching.engine.weights import Weights  # The site starts without the engine.

        value = getattr(Weights(), weight.factor, None)
        return "–" if value is None else f"{100 * value if weight.factor == 'terms' else value:g}"

    @admin.display(description=_("effect"))
    def hint(self, _weight: Weight) -> str:
        words = _t(
            "It counts from the next run on. “terms” is how much of the score the terms can take away, in hundredths; “wish” are points of the score. Saving says what it does to the judged collection; {command} prints more."
        )
        return format_html(words, command="manage.py evaluate_matching fixtures/relevance --site")
