"""Texts that people paste in many forms and that we keep in one: ISBN, DOI, page. The database holds plain text."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LONGEST_PASTED = 250  # with what is stripped off
ISBN_LABEL = re.compile(r"^\s*(?:e-?)?ISBN(?:[- ]?1[03])?\s*:?\s*(?=[0-9])", re.IGNORECASE)
DOI_LABEL = re.compile(r"^\s*(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi\s*:?\s*)+", re.IGNORECASE)
DOI = re.compile(r"10\.[0-9]{4,9}(\.[0-9]+)*/\S+")
PAGE_LABEL = re.compile(r"^\s*(?:(?:(?:Seiten?|pages?)\b|S\.|pp?\.)\s*)+(?=[0-9]|[ivxlcdm]+\b)", re.IGNORECASE)
BETWEEN_NUMBERS = re.compile(r"(?<=[0-9])\s*[-–—]\s*(?=[0-9])")


class NormalisedField(models.CharField):
    """Keeps what `normal` makes of a text, whoever writes it: form, import or loader."""

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def to_python(self, value):
        value = super().to_python(value)
        return self.normal(value) if value else value

    def formfield(self, **kwargs):
        return super().formfield(**{"max_length": LONGEST_PASTED} | kwargs)


def check_isbn(text):
    digits = text.replace("-", "")
    if not re.fullmatch(r"[0-9]{9}[0-9X]|97[89][0-9]{10}", digits):
        raise ValidationError(_("An ISBN has 13 digits and begins with 978 or 979, an old one has 10 digits."))
    values = [10 if digit == "X" else int(digit) for digit in digits]
    if len(values) == 10:
        fits = sum(value * weight for value, weight in zip(values, range(10, 0, -1), strict=True)) % 11 == 0
    else:
        fits = sum(value * weight for value, weight in zip(values, (1, 3) * 7, strict=False)) % 10 == 0
    if not fits:
        raise ValidationError(
            _("The check digit at the end doesn't fit: please compare this ISBN with the publication digit by digit.")
        )


def check_doi(text):
    if not DOI.fullmatch(text):
        raise ValidationError(_("A DOI begins with 10. and has a slash, such as 10.1787/9789264085350-en."))


def check_year(year):
    if year > timezone.localdate().year + 1:
        raise ValidationError(_("This year is still to come."))


def check_day(day):
    if day > timezone.localdate():
        raise ValidationError(_("This day is still to come."))


class IsbnField(NormalisedField):
    default_validators = [check_isbn]

    def normal(self, text):
        return re.sub(r"[\s‐‑–-]+", "-", ISBN_LABEL.sub("", text).strip()).upper()


class DoiField(NormalisedField):
    """Without its address; in small letters, since a DOI means the same in both."""

    default_validators = [check_doi]

    def normal(self, text):
        return DOI_LABEL.sub("", text).strip().lower()


class PageField(NormalisedField):
    """Without “S.” or “p.”, which pages print themselves; from–to with the dash of print."""

    def normal(self, text):
        return BETWEEN_NUMBERS.sub("–", PAGE_LABEL.sub("", text).strip())
