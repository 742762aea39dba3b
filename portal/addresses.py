"""Addresses in two languages: each is written once, German and English side by side, and Django picks by language."""

from django.urls import register_converter
from django.urls.converters import IntConverter
from django.utils.functional import lazy
from django.utils.translation import get_language

address = lazy(lambda german, english: english if get_language() == "en" else german, str)


class NumberConverter(IntConverter):
    """A number from 1, written in one way."""

    regex = "[1-9][0-9]*"


register_converter(NumberConverter, "number")
