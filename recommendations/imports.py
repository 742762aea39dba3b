"""What can be imported as a table, and in which columns steps and citations stand."""

from portal.imports import Table, register

from .exports import PRACTICE_EXAMPLES, RECOMMENDATIONS, SOURCES_TABLE
from .models import StepOrigin

CITATIONS = {"source": "sources", "page": "source_pages"}
STEPS = {"text_de": "steps_de", "text_en": "steps_en", "editorial": "steps_origin", "actors": "steps_actors"}
PICTURE = ("picture", "picture_alt_de", "picture_alt_en", "picture_credit", "picture_licence", "picture_consent")
ORIGIN = {"steps_origin": {StepOrigin.SOURCE.value: False, StepOrigin.EDITORIAL.value: True}}

register(
    Table(RECOMMENDATIONS, {"steps": STEPS, "sources": CITATIONS}, ORIGIN),
    Table(PRACTICE_EXAMPLES, {"sources": CITATIONS}, without=PICTURE),
    Table(SOURCES_TABLE),
)
