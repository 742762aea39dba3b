"""A picture in the form of its record: a file input, and beside it what a picture must not be without."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import pictures
from portal.entry_admin import EntryForm

TEXTS = ("picture_alt_de", "picture_alt_en", "picture_credit", "picture_licence")
UPLOAD = ("picture_file", "picture_removed", "picture")
NEEDED = {
    "picture_alt_de": gettext_lazy("Please say what the picture shows: some readers can't see it."),
    "picture_credit": gettext_lazy("Please name whoever made the picture."),
    "picture_licence": gettext_lazy("Please choose under which licence the picture may be shown."),
    "picture_consent": gettext_lazy("Without rights and consent the picture can't be used."),
}


class PictureForm(EntryForm):
    picture = forms.CharField(required=False, widget=forms.HiddenInput)
    picture_file = forms.FileField(
        label=gettext_lazy("Choose a picture"),
        help_text=gettext_lazy(
            "JPEG, PNG or WebP, at most 15 MB and 25 million pixels; best at least 1,280 pixels wide."
        ),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )
    picture_removed = forms.BooleanField(
        label=gettext_lazy("Remove the picture"),
        help_text=gettext_lazy("With it go its alternative text, credit, licence and consent."),
        required=False,
    )
    upload_too_large = False  # set by the admin, which has seen the request

    def clean(self):
        cleaned = super().clean()
        if self.upload_too_large:
            self.add_error("picture_file", pictures.too_large())
        elif file := cleaned.get("picture_file"):
            try:
                self.keep(pictures.store(file))
            except ValidationError as error:
                self.add_error("picture_file", error)
            else:
                self.ask_consent_again()
        elif cleaned.get("picture_removed"):
            cleaned |= dict.fromkeys((*TEXTS, "picture"), "") | {"picture_consent": False}
        elif cleaned.get("picture") and not pictures.exists(cleaned["picture"]):
            self.keep("")
            self.add_error("picture_file", _("This picture is no longer here. Please choose it again."))
        self.demand_what_belongs_together(cleaned)
        return cleaned

    def keep(self, reference):
        """The form holds the picture from now on: if something else is wrong, nobody has to choose the file again."""
        self.cleaned_data["picture"] = reference
        self.data = self.data.copy()
        self.data[self.add_prefix("picture")] = reference

    def ask_consent_again(self):
        """What was said of one picture doesn't hold for another."""
        if self.initial.get("picture") not in (None, "", self.cleaned_data["picture"]):
            self.data.pop(self.add_prefix("picture_consent"), None)
            self.add_error(
                "picture_consent",
                _("This was said of the former picture. Please look through the texts and tick it for the new one."),
            )

    def demand_what_belongs_together(self, cleaned):
        if cleaned.get("picture"):
            for name, message in NEEDED.items():
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, message)
        elif any(cleaned.get(name) for name in TEXTS) and "picture_file" not in self.errors:
            self.add_error("picture_file", _("There is no picture yet. Please choose one, or empty the fields below."))


def fields_without_upload(fieldsets):
    """For a form in which nothing can be changed."""
    return [
        (heading, {**options, "fields": [each for each in options["fields"] if each not in UPLOAD]})
        for heading, options in fieldsets
    ]
