from django.utils.translation import get_language


class Text(str):
    """A text that knows its language, so that a template can mark German inside an English page."""

    __slots__ = ("lang",)
    lang: str


def text_in(lang, text):
    """The text, knowing its language."""
    text = Text(text)
    text.lang = lang
    return text


class Localized:
    """`title` for the pair `title_de`, `title_en`: the active language, German where English is empty."""

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        lang = "en" if get_language() == "en" and getattr(instance, f"{self.name}_en") else "de"
        return text_in(lang, getattr(instance, f"{self.name}_{lang}"))
