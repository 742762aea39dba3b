"""Judged queries: what a reader types, and the records that answer it.

A query is one line of YAML:
q         as typed
kind      what it tries
lang      of the page it is typed on; de if left out
relevant  all records that answer it, by number: E… is searched in the recommendations, P… in the practice examples
best      those of them of which one should come first, if not any will do
never     records that must not be found: the query excludes them

A record is relevant if somebody who typed this would read it and not feel misled: it says something about what was
asked, in whatever words. Using the same word for something else is not enough. Judged by reading the content of
recommendations/content, not by looking at what a search finds.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml
from django.utils import translation

from recommendations.filters import PracticeExampleFilter, RecommendationFilter

FOLDER = Path(__file__).parent
FILES = {"development": FOLDER / "development.yaml", "held-out": FOLDER / "held_out.yaml"}
LISTS = {"E": RecommendationFilter, "P": PracticeExampleFilter}


@dataclass(frozen=True)
class Query:
    q: str
    kind: str
    relevant: tuple[str, ...]
    best: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    lang: str = "de"

    @property
    def filter_class(self):
        return LISTS[self.relevant[0][0]]


@dataclass(frozen=True)
class Answer:
    query: Query
    found: tuple[str, ...]  # numbers of the records, in the order of the list

    @property
    def recall(self):
        """Of the relevant records, as many as ten places can hold: the share among the first ten."""
        return len(set(self.query.relevant) & set(self.found[:10])) / min(10, len(self.query.relevant))

    @property
    def precision(self):
        """Of the first five records shown, or of the fewer there are: the share that is relevant."""
        first = self.found[:5]
        return len(set(self.query.relevant) & set(first)) / len(first) if first else 0

    @property
    def reciprocal_rank(self):
        """1 / the place of the first good record: one of the best where some are better than others."""
        good = self.query.best or self.query.relevant
        return next((1 / place for place, number in enumerate(self.found, 1) if number in good), 0)

    @property
    def forbidden(self):
        return set(self.query.never) & set(self.found)


def queries(path):
    return [
        Query(**line | {key: tuple(line.get(key, "").split()) for key in ("relevant", "best", "never")})
        for line in yaml.safe_load(path.read_text())
    ]


def ask(query):
    """Put the query to the list it is for, as its page does."""
    with translation.override(query.lang):
        ids = query.filter_class({"q": query.q}).ids
    numbers = query.filter_class.rows().in_bulk(ids)
    return Answer(query, tuple(numbers[pk].number for pk in ids))


@dataclass(frozen=True)
class Score:
    queries: int
    recall: float
    precision: float
    mrr: float
    nothing: float  # share of queries without any result

    @classmethod
    def of(cls, answers):
        def mean(values):
            return sum(values) / len(answers)

        return cls(
            len(answers),
            mean(answer.recall for answer in answers),
            mean(answer.precision for answer in answers),
            mean(answer.reciprocal_rank for answer in answers),
            mean(not answer.found for answer in answers),
        )


def by_kind(answers):
    """{kind: its answers}, in the order of the file."""
    kinds = {}
    for answer in answers:
        kinds.setdefault(answer.query.kind, []).append(answer)
    return kinds
