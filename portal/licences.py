"""Licences: codes, names and the addresses of their texts, for our own texts and for pictures of others."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Licence(models.TextChoices):
    """The code is the value in database and export, for ever."""

    CC0 = "cc0-1.0", "CC0 1.0"
    CC_BY = "cc-by-4.0", "CC BY 4.0"
    CC_BY_SA = "cc-by-sa-4.0", "CC BY-SA 4.0"
    CC_BY_SA_3 = "cc-by-sa-3.0", "CC BY-SA 3.0"
    DL_DE_BY = "dl-de-by-2.0", _("Data licence Germany – attribution 2.0")
    DL_DE_ZERO = "dl-de-zero-2.0", _("Data licence Germany – Zero 2.0")
    PUBLIC_DOMAIN = "public-domain", _("public domain")
    PERMISSION = "permission", _("with permission; no reuse")

    @property
    def full_name(self):
        return FULL_NAMES.get(self, self.label)

    @property
    def spdx(self):
        """Its identifier in the list of SPDX, which programs read; public domain and a permission have none."""
        return self.value.upper() if self.url else ""

    @property
    def url(self):
        """Where its text stands; public domain and a permission have none."""
        return LICENCE_TEXTS.get(self, "")


FULL_NAMES = {
    Licence.CC0: "Creative Commons Zero 1.0 Universal",
    Licence.CC_BY: "Creative Commons Attribution 4.0 International",
    Licence.CC_BY_SA: "Creative Commons Attribution-ShareAlike 4.0 International",
    Licence.CC_BY_SA_3: "Creative Commons Attribution-ShareAlike 3.0 Unported",
}
LICENCE_TEXTS = {
    Licence.CC0: "https://creativecommons.org/publicdomain/zero/1.0/",
    Licence.CC_BY: "https://creativecommons.org/licenses/by/4.0/",
    Licence.CC_BY_SA: "https://creativecommons.org/licenses/by-sa/4.0/",
    Licence.CC_BY_SA_3: "https://creativecommons.org/licenses/by-sa/3.0/",
    Licence.DL_DE_BY: "https://www.govdata.de/dl-de/by-2-0",
    Licence.DL_DE_ZERO: "https://www.govdata.de/dl-de/zero-2-0",
}
# What our own texts may be under: a record is written by us, so anybody may use it.
OF_TEXTS = (Licence.CC_BY, Licence.CC_BY_SA, Licence.CC0)


class LicenceField(models.CharField):
    """The licence of a text of ours."""

    def __init__(self, *args, **kwargs):
        choices = [(licence.value, licence.label) for licence in OF_TEXTS]
        super().__init__(*args, **{"max_length": 20, "choices": choices, "default": Licence.CC_BY.value} | kwargs)


def licence_check():
    """The database's own check that `licence` holds one of those."""
    return models.CheckConstraint(
        name="%(app_label)s_%(class)s_licence_known",
        condition=models.Q(licence__in=[licence.value for licence in OF_TEXTS]),
    )
