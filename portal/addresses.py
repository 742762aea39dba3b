"""Addresses in two languages: each is written once, German and English side by side, and Django picks by language."""

from django.utils.functional import lazy
from django.utils.translation import get_language

address = lazy(lambda german, english: english if get_language() == "en" else german, str)
