from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchEntry(models.Model):
    """One thing that a search may find: its tokens, what its rank goes by, and what a list of results shows of it.

    Written by `foundation.search` alone. The tokens are searched through an index of the database's own, which follows this table by itself:
    an FTS5 table with triggers on SQLite, a generated tsvector column on PostgreSQL. Whoever reads it asks the described rows'
    `visible_to` whether they may.
    """

    label = models.CharField(max_length=24)
    object_id = models.BigIntegerField()
    kind = models.CharField(_("kind"), max_length=10)
    edition_id = models.BigIntegerField(null=True)
    is_open = models.BooleanField(default=True)
    at = models.DateTimeField(null=True)
    whole_en = models.CharField(max_length=200, blank=True)
    whole_zh = models.CharField(max_length=200, blank=True)
    codes = models.CharField(max_length=400, blank=True)
    digest = models.CharField(max_length=32)
    title = models.TextField(blank=True)
    names = models.TextField(blank=True)
    words = models.TextField(blank=True)
    shown = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        constraints = [models.UniqueConstraint(fields=["label", "object_id"], name="searched_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.object_id}"


class SearchWord(models.Model):
    """A word of some title or name, kept so that a typing error finds it. Being here says nothing: only what has visible hits is offered."""

    word = models.CharField(max_length=24, primary_key=True)

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")

    def __str__(self) -> str:
        return self.word


class SearchSlip(models.Model):
    """A word with one letter left out, and the word: two spellings that share a slip are a typing error apart."""

    slip = models.CharField(max_length=24, db_index=True)
    word = models.ForeignKey(SearchWord, on_delete=models.CASCADE, related_name="slips")

    class Meta:
        verbose_name = _("search slip")
        verbose_name_plural = _("search slips")
        constraints = [models.UniqueConstraint(fields=["word", "slip"], name="slip_once")]

    def __str__(self) -> str:
        return f"{self.slip}: {self.word_id}"
