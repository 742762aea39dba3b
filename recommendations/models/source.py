from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import citations

from ..fields import DoiField, IsbnField, PageField, check_day, check_year

YEARS = (1900, 2100)
DEZIM_REPORT = "dezim-2024-chancen-statt-krise"  # the report that prompted the portal


class SourceQuerySet(models.QuerySet):
    def visible(self):
        """What a reader may see: sources that a public record cites."""
        cited = models.Q()
        for citation in Citation.__subclasses__():
            owner = citation._meta.get_field(citation.owner)
            shown = citation.objects.filter(**{f"{citation.owner}__in": owner.related_model.objects.visible()})
            cited |= models.Q(pk__in=shown.values("source"))
        return self.filter(cited)


class Source(models.Model):
    """A publication that a record rests on, and what of it we have seen."""

    class Kind(models.TextChoices):
        PRIMARY = "primary", _("the publication itself")
        SECONDARY = "secondary", _("second-hand: a report about the publication, or a copy of it, was seen")

    class Language(models.TextChoices):
        DE = "de", _("German")
        EN = "en", _("English")

    key = models.SlugField(_("short name"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=300)
    language = models.CharField(_("language of the title"), max_length=2, choices=Language, default=Language.DE)
    title_is_descriptive = models.BooleanField(_("the title is ours"), default=False)
    authors = models.TextField(_("authors"), blank=True, help_text=_("One person per line."))
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), null=True, blank=True, help_text=_("Empty: not stated."), validators=[check_year]
    )
    url = models.URLField(_("address"), max_length=500, blank=True)
    catalogue_url = models.URLField(_("address in a library catalogue"), max_length=500, blank=True)
    archive_url = models.URLField(
        _("archived copy"),
        max_length=500,
        blank=True,
        help_text=_("Address of a copy in a web archive, for the day on which the page disappears."),
    )
    isbn = IsbnField("ISBN", max_length=17, blank=True)
    doi = DoiField("DOI", max_length=120, blank=True)
    kind = models.CharField(_("what we have seen"), max_length=10, choices=Kind)
    note_de = models.TextField(
        _("note (German)"), blank=True, help_text=_("What the address leads to and what of it was seen.")
    )
    seen_on = models.DateField(_("seen on"), null=True, blank=True, validators=[check_day])

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                name="source_year_plausible",
                condition=Q(year__isnull=True) | Q(year__range=YEARS),
                violation_error_message=_("The year lies between 1900 and 2100."),
            ),
            models.CheckConstraint(name="source_kind_known", condition=Q(kind__in=["primary", "secondary"])),
            models.CheckConstraint(name="source_language_known", condition=Q(language__in=["de", "en"])),
            models.CheckConstraint(
                name="source_key_format",
                condition=Q(key__regex=r"^[a-z0-9]+(-[a-z0-9]+)*\Z"),
                violation_error_message=_(
                    "The short name is of small letters and digits, with single hyphens between, such as bamf-2024."
                ),
            ),
            models.UniqueConstraint(
                name="source_doi_unique",
                fields=["doi"],
                condition=~Q(doi=""),
                violation_error_message=_("Another source has this DOI already."),
            ),
        ]

    def __str__(self):
        return f"{self.short}: {self.title}"

    @property
    def author_list(self):
        return self.authors.splitlines()

    @property
    def short(self):
        """Who and when, as in a reference: the first authors or the publisher, and the year if it is known."""
        names = [citations.name_parts(name)[0] for name in self.author_list]
        who = names[0] + " et al." if len(names) > 2 else " / ".join(names) or self.publisher
        return f"{who} {self.year}" if self.year else who

    def work(self):
        """The publication as something to cite: what we know of it, accessed on the day on which we have seen it."""
        url = "" if self.doi and self.kind == self.Kind.SECONDARY else self.url
        notes = [
            gettext("The title is ours.") if self.title_is_descriptive else "",
            gettext("Seen second-hand: the address leads to what we have seen.")
            if self.kind == self.Kind.SECONDARY and url
            else "",
        ]
        return citations.Work(
            key=self.key,
            kind=citations.Kind.BOOK if self.isbn else citations.Kind.DOCUMENT,
            title=self.title,
            url=url,
            authors=tuple(self.author_list),
            publisher=self.publisher,
            year=self.year,
            doi=self.doi,
            isbn=self.isbn,
            note=" ".join(filter(None, notes)),
            language=self.language,
            accessed=self.seen_on if url else None,
        )

    def citation(self):
        """How to cite it, with its files."""
        return citations.citation(self.work(), citations.address_of("sources", self.key))


class OpenItem(models.Model):
    """What a source holds and the portal is still to take from it."""

    class Kind(models.TextChoices):
        RECOMMENDATION = "recommendation", _("a recommendation")
        MUNICIPALITY = "municipality", _("a municipality")
        OTHER = "other", _("something else")

    source = models.ForeignKey(Source, models.CASCADE, related_name="open_items")
    kind = models.CharField(_("what it is"), max_length=15, choices=Kind)
    text = models.TextField(_("what the source says"))
    page = models.CharField(_("page"), max_length=20, blank=True)
    taken_as = models.CharField(_("taken into the portal as"), max_length=12, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("item still to be taken from it")
        verbose_name_plural = _("still to be taken from it")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="openitem_kind_known", condition=Q(kind__in=["recommendation", "municipality", "other"])
            ),
        ]

    def __str__(self):
        return self.text


class CitationQuerySet(models.QuerySet):
    def in_brief(self):
        """With what cards and tables say of the source."""
        source = ("key", "title", "authors", "publisher", "year", "url", "kind")
        return self.select_related("source").only(
            self.model.owner, "page", "position", *(f"source__{column}" for column in source)
        )


class Citation(models.Model):
    """Which source a record rests on, and where in it. The first is the one it was taken from.

    The subclass names the record in a field of its own, `owner`.
    """

    owner: str

    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"))
    page = PageField(
        _("page"),
        max_length=20,
        blank=True,
        help_text=_("Only the number, such as 12 or 12–15. Empty: not yet recorded."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = CitationQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "pk"]
        verbose_name = _("citation")
        verbose_name_plural = _("citations")

    def __str__(self):
        return f"{self.source.short}, {self.page}" if self.page else self.source.short
