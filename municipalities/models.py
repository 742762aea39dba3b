from datetime import date

from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.fields import SortNameField
from portal.publishing import count_of


class State(models.TextChoices):
    """The sixteen Länder by their official two-digit code."""

    SH = "01", _("Schleswig-Holstein")
    HH = "02", _("Hamburg")
    NI = "03", _("Lower Saxony")
    HB = "04", _("Bremen")
    NW = "05", _("North Rhine-Westphalia")
    HE = "06", _("Hesse")
    RP = "07", _("Rhineland-Palatinate")
    BW = "08", _("Baden-Württemberg")
    BY = "09", _("Bavaria")
    SL = "10", _("Saarland")
    BE = "11", _("Berlin")
    BB = "12", _("Brandenburg")
    MV = "13", _("Mecklenburg-Western Pomerania")
    SN = "14", _("Saxony")
    ST = "15", _("Saxony-Anhalt")
    TH = "16", _("Thuringia")


class Size(models.TextChoices):
    """Classes of population; a district has none."""

    S1 = "s1", _("under 5,000")
    S2 = "s2", _("5,000–9,999")
    S3 = "s3", _("10,000–19,999")
    S4 = "s4", _("20,000–49,999")
    S5 = "s5", _("50,000–99,999")
    S6 = "s6", _("100,000–499,999")
    S7 = "s7", _("500,000 and more")


# The first population that no longer belongs to a class; the last class is open.
SIZE_LIMITS = [
    (5_000, Size.S1), (10_000, Size.S2), (20_000, Size.S3), (50_000, Size.S4), (100_000, Size.S5), (500_000, Size.S6),
]  # fmt: skip


# The state of the official register that the facts come from. It doesn't print the day of its population figures:
# the one we deduced is marked as ours.
REGISTER_AS_OF = date(2025, 8, 31)
DEDUCED_POPULATION_DAY = date(2024, 12, 31)


DISTRICT_KEY = 5  # digits: that of a town begins with that of its district
SAYS_DISTRICT = ("kreis", "region")  # in the name of a district: nothing need be added
CALLED_KREIS = (State.SH, State.NW)  # where a district is a Kreis; elsewhere it is a Landkreis

MOST_SUCCESSORS = 10  # one after the other

VALID = Q(register_on__isnull=False, valid_to__isnull=True)  # in the register, in its latest edition


class MunicipalityQuerySet(models.QuerySet):
    def visible(self):
        """What a reader may see; `example_count` says how many public practice examples there are from it.

        What stands in the register is public knowledge. A municipality that editors have added, and one that has left
        the register, is seen once it has a public example: a draft would otherwise give itself away.
        """
        return self.annotate(example_count=count_of(self.examples(), "municipality")).filter(VALID | self.has_example())

    def with_examples(self):
        """Those of the visible ones that we have a practice example from."""
        return self.visible().filter(self.has_example())

    def today(self, record):
        """The last visible municipality that one of the past has led to, by one or several steps; None without any."""
        found = None
        for _step in range(MOST_SUCCESSORS):
            record = record.successor
            if record is None:
                break
            if self.visible().filter(pk=record.pk).exists():
                found = record
        return found

    def former_keys(self):
        """{key of one that has ended: key of the one that is there today}, by one or several steps."""
        ended = self.filter(valid_to__isnull=False, successor__isnull=False)
        steps = dict(ended.values_list("key", "successor__key"))
        found = {}
        for key, today in steps.items():
            for _step in range(MOST_SUCCESSORS):
                today = steps.get(today, today)
            found[key] = today
        return found

    def examples(self):
        return self.model._meta.get_field("practice_examples").related_model.objects.visible()

    def has_example(self):
        return Q(pk__in=self.examples().order_by().values("municipality"))


class Municipality(models.Model):
    """A town, city, district or association from the official register; the key is its identity."""

    class Kind(models.TextChoices):
        TOWN = "town", _("town or municipality in a district")
        CITY = "city", _("independent city")
        DISTRICT = "district", pgettext_lazy("kind of municipality", "district")
        ASSOCIATION = "association", _("association of municipalities")

    key = models.CharField(
        _("official key"),
        max_length=9,
        unique=True,
        help_text=_("8 digits for a municipality (AGS), 5 for a district, 9 for an association. Leading zeros count."),
    )
    ars = models.CharField(_("regional key (ARS)"), max_length=12, blank=True)
    official_name = models.CharField(_("official name"), max_length=120)
    name = models.CharField(_("name"), max_length=120)
    sort_name = SortNameField(_("name to sort by"), source="name")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    register_kind = models.CharField(_("designation in the register"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=2, choices=State)
    district = models.CharField(_("district"), max_length=120, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    population_on = models.DateField(_("population on"), null=True, blank=True)
    area_km2 = models.DecimalField(_("area in km²"), max_digits=9, decimal_places=2, null=True, blank=True)
    postcode_of_seat = models.CharField(_("postcode of the seat"), max_length=5, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    degree_of_urbanisation = models.PositiveSmallIntegerField(
        _("degree of urbanisation"), null=True, blank=True, help_text=_("1 dense, 2 medium, 3 thin")
    )
    municipality_count = models.PositiveIntegerField(_("municipalities in it"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name=_("successor")
    )
    register_on = models.DateField(
        _("register of"), null=True, editable=False, help_text=_("Edition of the register that the facts come from.")
    )
    population_day_deduced = models.BooleanField(
        _("day of the population figure deduced"), default=False, editable=False
    )
    bbsr_code = models.CharField(_("BBSR type"), max_length=20, blank=True, editable=False)
    bbsr_year = models.PositiveSmallIntegerField(_("BBSR type of the year"), null=True, editable=False)
    size = models.GeneratedField(
        expression=Case(
            When(kind="district", then=Value("")),
            When(population__isnull=True, then=Value("")),
            *[When(population__lt=limit, then=Value(size.value)) for limit, size in SIZE_LIMITS],
            default=Value("s7"),
        ),
        output_field=models.CharField(max_length=2),
        db_persist=True,
        verbose_name=_("size"),
    )

    objects = MunicipalityQuerySet.as_manager()

    class Meta:
        verbose_name = _("municipality")
        verbose_name_plural = _("municipalities")
        default_permissions = ("add", "change", "delete", "view", "import")
        ordering = ["sort_name", "key"]
        constraints = [
            models.CheckConstraint(
                name="municipality_key_fits_kind",
                condition=Q(kind__in=["town", "city"], key__regex=r"^[0-9]{8}\Z")
                | Q(kind="district", key__regex=r"^[0-9]{5}\Z")
                | Q(kind="association", key__regex=r"^[0-9]{9}\Z"),
                violation_error_message=_(
                    "A key has 8 digits for a municipality, 5 for a district, 9 for an association."
                ),
            ),
            models.CheckConstraint(
                name="municipality_key_begins_with_state",
                condition=Q(key__startswith=models.F("state")),
                violation_error_message=_("The key begins with the two digits of the state."),
            ),
            models.CheckConstraint(name="municipality_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="municipality_ars_format",
                condition=Q(ars="") | Q(ars__regex=r"^[0-9]{9}([0-9]{3})?\Z"),
                violation_error_message=_("A regional key has 9 or 12 digits."),
            ),
            models.CheckConstraint(
                name="municipality_point_complete_and_on_earth",
                # A comparison with NULL is neither true nor false, and a check lets that pass: hence isnull.
                condition=Q(lat__isnull=True, lon__isnull=True)
                | Q(lat__isnull=False, lon__isnull=False, lat__range=(-90, 90), lon__range=(-180, 180)),
                violation_error_message=_("Latitude and longitude belong together: −90 to 90 and −180 to 180 degrees."),
            ),
            models.CheckConstraint(
                name="municipality_degree_known",
                condition=Q(degree_of_urbanisation__isnull=True) | Q(degree_of_urbanisation__in=[1, 2, 3]),
                violation_error_message=_("The degree of urbanisation is 1, 2 or 3."),
            ),
            models.CheckConstraint(
                name="municipality_area_positive",
                condition=Q(area_km2__isnull=True) | Q(area_km2__gt=0),
                violation_error_message=_("An area is larger than zero."),
            ),
            models.CheckConstraint(
                name="municipality_validity_in_order",
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=models.F("valid_from")),
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self):
        return f"{self.display_name} ({self.place})" if self.place else self.display_name

    def get_absolute_url(self):
        return reverse("municipality_detail", args=[self.key])

    @property
    def display_name(self):
        """A district or association with its kind, since many share their name with a town: „Landkreis Dachau“."""
        name = self.name.casefold()
        says_so = any(word in name for word in (*SAYS_DISTRICT, self.register_kind.casefold()))
        if self.kind in (self.Kind.TOWN, self.Kind.CITY) or says_so:
            return self.name
        return f"{self.register_kind} {self.name}"

    @property
    def population_day_is_ours(self):
        return self.population_day_deduced or (not self.register_on and self.population_on == DEDUCED_POPULATION_DAY)

    @property
    def facts_as_of(self):
        """The edition of the register that the facts come from."""
        return self.register_on or REGISTER_AS_OF

    @property
    def is_ended(self):
        return self.valid_to is not None

    @property
    def size_label(self):
        return Size(self.size).label if self.size else ""

    @property
    def called(self):
        """What it is: in German the register's own word, for which there is none in English."""
        own = self.register_kind if get_language() == "de" else ""
        return own or self.get_kind_display()

    @property
    def is_state(self):
        """Whether it is a whole state, as Hamburg and Berlin are: the number of the state is all of its key."""
        return self.key[2:] == "000000"

    @property
    def within_district(self):
        """The district it is a part of, if it is of one, with what that is: it may share its name with a town."""
        if self.kind not in (self.Kind.TOWN, self.Kind.ASSOCIATION) or not self.district:
            return ""
        if any(word in self.district.casefold() for word in SAYS_DISTRICT):
            return self.district
        return f"{'Kreis' if self.state in CALLED_KREIS else 'Landkreis'} {self.district}"

    @property
    def place(self):
        """What tells two municipalities of one name apart: district and state, or the state alone, unless that is its
        own name.
        """
        state = str(State(self.state).label)  # get_state_display() compares all sixteen, in every card of a list
        if self.within_district:
            return f"{self.within_district}, {state}"
        return "" if state == self.name else state
