import email
import email.policy

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .localized import Localized
from .publishing import Publishable


class User(AbstractUser):
    """An editor. Readers have no account."""

    @property
    def name(self):
        return self.get_full_name() or self.username


class Revision(models.Model):
    """A record's entry as it stood after one change. The list of revisions is the record's history."""

    table = models.CharField(_("table"), max_length=40)
    record_id = models.BigIntegerField(_("record"))
    number = models.PositiveIntegerField(_("number"))
    entry = models.JSONField(_("entry"))
    status = models.CharField(_("status"), max_length=10, blank=True)
    author = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, verbose_name=_("author"), help_text=_("Empty: loaded from files.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_major = models.BooleanField(_("major change"), default=False)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    batch = models.CharField(_("import"), max_length=32, blank=True)  # what one import has written has one in common
    discarded = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("discarded working copy"),
        help_text=_("The last state of the working copy that was given up with this."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["table", "record_id", "-number"]
        constraints = [
            models.UniqueConstraint(name="portal_revision_unique_number", fields=["table", "record_id", "number"]),
        ]
        indexes = [models.Index(name="portal_revision_batch", fields=["batch"], condition=~models.Q(batch=""))]

    def __str__(self):
        return gettext("%(record)s, revision %(number)d") % {"record": self.record_name, "number": self.number}

    @property
    def record_name(self):
        """What the record was called then."""
        titles = (self.entry.get(name) for name in ("title_de", "term_de", "label_de", "question_de", "title", "name"))
        title = next(filter(None, titles), "") or ", ".join(self.entry.get("terms", []))
        return f"{self.entry.get('number', '')} {title}".strip()


class AboutRecord(models.Model):
    """Something that belongs to one record of any table."""

    table = models.CharField(_("table"), max_length=40, editable=False)
    record_id = models.BigIntegerField(_("record"), editable=False)
    record_name = models.CharField(_("record"), max_length=200, editable=False)

    class Meta:
        abstract = True


class Remark(AboutRecord):
    """What someone says about a text before it is published, or about one that should change."""

    field = models.CharField(_("about which part"), max_length=40, blank=True, help_text=_("Empty: the whole text."))
    text = models.TextField(_("remark"))
    author = models.ForeignKey(User, models.PROTECT, editable=False, verbose_name=_("author"))
    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    done = models.BooleanField(_("done"), default=False)

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        ordering = ["done", "-created_at"]

    def __str__(self):
        return f"{self.record_name}: {self.text[:60]}"


class PreviewLink(AboutRecord):
    """An address under which a named person without an account may read a draft, until it ends or is revoked."""

    reviewer = models.CharField(_("for whom"), max_length=120, help_text=_("Name and institution."))
    created_by = models.ForeignKey(User, models.PROTECT, editable=False, verbose_name=_("made by"))
    created_at = models.DateTimeField(_("made on"), auto_now_add=True)
    expires_at = models.DateTimeField(_("ends on"))
    revoked_at = models.DateTimeField(_("revoked on"), null=True, editable=False)

    class Meta:
        verbose_name = _("shared preview")
        verbose_name_plural = _("shared previews")
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.record_name}: {self.reviewer}"

    @property
    def is_open(self):
        return self.revoked_at is None and self.expires_at > timezone.now()


class FormerSlug(models.Model):
    """A short name that a record once had: its old address leads to the new one, for ever."""

    table = models.CharField(_("table"), max_length=40)
    slug = models.SlugField(_("short name"), max_length=80)
    record_id = models.BigIntegerField(_("record"))

    class Meta:
        verbose_name = _("former short name")
        verbose_name_plural = _("former short names")
        constraints = [models.UniqueConstraint(name="portal_formerslug_once", fields=["table", "slug"])]

    def __str__(self):
        return f"{self.table} {self.slug}"


class ContentChange(models.Model):
    """Something a reader may see has changed: by this every process knows that its index is old."""

    table = models.CharField(max_length=40)
    record_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return f"{self.table} {self.record_id}"


class Page(Publishable):
    """One of the long pages: about, imprint, privacy, accessibility, feedback. Its text is Markdown."""

    slug = models.SlugField(_("short name"), unique=True)
    title_de = models.CharField(_("title (German)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120, blank=True)
    body_de = models.TextField(
        _("text (German)"),
        help_text=_(
            "Markdown. What the operator still has to fill in stands in ⟦double brackets⟧ and is marked on the page."
        ),
    )
    body_en = models.TextField(_("text (English)"), blank=True)
    title = Localized()
    body = Localized()

    class Meta(Publishable.Meta):
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["slug"]

    def __str__(self):
        return f"{gettext('Working copy:')} {self.title_de}" if self.replaces_id else self.title_de

    def get_absolute_url(self):
        return reverse(self.replaces.slug if self.replaces_id else self.slug)


class GlossaryTermQuerySet(models.QuerySet):
    def visible(self):
        """What a reader may see: all of them."""
        return self.all()


class GlossaryTerm(models.Model):
    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    term_de = models.CharField(_("term (German)"), max_length=120)
    term_en = models.CharField(_("term (English)"), max_length=120, blank=True)
    definition_de = models.TextField(_("definition (German)"))
    definition_en = models.TextField(_("definition (English)"), blank=True)
    see_also = models.ManyToManyField("self", verbose_name=_("see also"), blank=True, symmetrical=False)
    term = Localized()
    definition = Localized()

    objects = GlossaryTermQuerySet.as_manager()

    class Meta:
        verbose_name = _("glossary term")
        verbose_name_plural = _("glossary")
        ordering = ["slug"]

    def __str__(self):
        return self.term_de

    def get_absolute_url(self):
        return reverse("glossary") + f"#{self.slug}"


class SearchSynonym(models.Model):
    class Kind(models.TextChoices):
        EQUIVALENT = "equivalent", _("each term finds all others")
        ONEWAY = "oneway", _("the first term finds the others, not the other way round")

    terms = models.TextField(_("terms"), unique=True, help_text=_("One term per line."))
    kind = models.CharField(_("direction"), max_length=10, choices=Kind, default=Kind.EQUIVALENT)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("search synonym")
        verbose_name_plural = _("search synonyms")
        ordering = ["terms"]
        constraints = [
            models.CheckConstraint(
                name="portal_searchsynonym_kind_known", condition=models.Q(kind__in=["equivalent", "oneway"])
            ),
        ]

    def __str__(self):
        return ", ".join(self.terms.splitlines())


class MissedSearch(models.Model):
    """How often a search found nothing on one day. Only words that were looked for at least three times come here."""

    term = models.CharField(_("looked for"), max_length=40)
    day = models.DateField(_("day"), db_index=True)
    count = models.PositiveIntegerField(_("searches"), default=0)

    class Meta:
        verbose_name = _("search without results")
        verbose_name_plural = _("searches without results")
        ordering = ["-day", "-count", "term"]
        constraints = [models.UniqueConstraint(name="portal_missedsearch_once", fields=["term", "day"])]

    def __str__(self):
        return self.term


class JobRun(models.Model):
    """When a timed job is due next, and how its last run ended."""

    name = models.CharField(max_length=40, unique=True)
    next_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    def __str__(self):
        return self.name


class OutgoingMailQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(sent_at=None, given_up_at=None)


class OutgoingMail(models.Model):
    """A mail to one recipient: on its way, sent, or given up. The message is kept as it was written."""

    message_id = models.CharField("Message-ID", max_length=255)
    sender = models.CharField(_("sender"), max_length=400)
    recipient = models.CharField(_("recipient"), max_length=400)
    subject = models.CharField(_("subject"), max_length=400)
    message = models.TextField(_("message"))
    created_at = models.DateTimeField(_("written at"), default=timezone.now)
    next_try_at = models.DateTimeField(_("next attempt at"), default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("last error"), max_length=500, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up at"), null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mail in the outbox")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="portal_outgoingmail_once", fields=["message_id", "recipient"]),
        ]

    def __str__(self):
        return self.subject

    @property
    def text(self):
        """What the recipient reads."""
        body = email.message_from_string(self.message, policy=email.policy.default).get_body(("plain", "html"))
        return body.get_content() if body else ""


class ReleaseQuerySet(models.QuerySet):
    def standing(self):
        """Those that can be downloaded: not withdrawn."""
        return self.filter(withdrawn_at=None)


class Release(models.Model):
    """The published data as they stood on one day, frozen and citable under its number, see portal/releases.py.

    A withdrawn one stays as a tombstone: number, date and reason.
    """

    number = models.PositiveIntegerField(_("number"), unique=True)
    created_at = models.DateTimeField(_("released on"), default=timezone.now)
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("Public. German."))
    content_hash = models.CharField(_("hash of the content"), max_length=64, editable=False)
    counts = models.JSONField(_("rows"), default=dict, editable=False)  # {table: rows}
    changes = models.JSONField(_("changes"), default=dict, editable=False)  # since the one before, if there was one
    tables = models.JSONField(default=dict, editable=False)  # {table: what `freeze` says of it}
    withdrawn_at = models.DateTimeField(_("withdrawn on"), null=True, editable=False)
    reason = models.TextField(_("why it was withdrawn"), blank=True, help_text=_("Readers see this. German."))

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("data release")
        verbose_name_plural = _("data releases")
        ordering = ["-number"]
        default_permissions = ("view", "publish", "withdraw")
        constraints = [
            models.CheckConstraint(
                name="portal_release_withdrawn_with_reason",
                condition=models.Q(withdrawn_at=None) | ~models.Q(reason=""),
            ),
        ]

    def __str__(self):
        return gettext("Data release %d") % self.number

    def get_absolute_url(self):
        return reverse("release", args=[self.number])

    @property
    def in_sentence(self):
        """Its name where it doesn't begin a title."""
        return gettext("data release %d") % self.number
