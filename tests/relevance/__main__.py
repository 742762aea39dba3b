"""How well the search finds what readers look for, on the starter content in a database that is gone afterwards.

make relevance              one row per kind of query and file
make relevance ARGS=-v      and every query that falls short: what it should find and what it does
"""

import sys
from contextlib import redirect_stdout
from io import StringIO

import django
from django.core.management import call_command
from django.test.utils import setup_databases, teardown_databases

ROW = "{:12}  {:14}{:>8}{:>11}{:>13}{:>6}{:>9}"


def row(file, kind, score):
    figures = (f"{value:.3f}" for value in (score.recall, score.precision, score.mrr))
    return ROW.format(file, kind, score.queries, *figures, f"{score.nothing:.1%}")


def shortfall(answer):
    """What a reader would miss, on one line."""
    query, found = answer.query, answer.found
    missing = [number for number in query.relevant if number not in found[:10]]
    parts = [f"{query.q}  [{query.kind}]  finds {len(found)}: {' '.join(found[:5]) or '–'}"]
    if missing:
        parts.append(f"misses {' '.join(missing)}")
    if answer.reciprocal_rank < 1:
        parts.append(f"first should be {' or '.join(query.best or query.relevant)}")
    if answer.forbidden:
        parts.append(f"excluded, yet found: {' '.join(sorted(answer.forbidden))}")
    return "; ".join(parts)


def main(verbose):
    from tests.relevance.judgements import FILES, Score, ask, by_kind, queries

    call_command("load_content", verbosity=0)
    print(ROW.format("", "kind", "queries", "recall@10", "precision@5", "MRR", "nothing"))
    worst = []
    for file, path in FILES.items():
        answers = [ask(query) for query in queries(path)]
        for kind, its in by_kind(answers).items():
            print(row(file, kind, Score.of(its)))
        print(row(file, "all", Score.of(answers)))
        worst += [answer for answer in answers if answer.recall < 1 or answer.reciprocal_rank < 1 or answer.forbidden]
    if verbose:
        print()
        for answer in sorted(worst, key=lambda answer: (answer.recall, answer.reciprocal_rank)):
            print(f"{answer.recall:.2f} {answer.reciprocal_rank:.2f}  {shortfall(answer)}")


if __name__ == "__main__":
    django.setup()
    with redirect_stdout(StringIO()):  # the cache table is said to exist already, however quiet one wants it
        databases = setup_databases(verbosity=0, interactive=False)
    try:
        main("-v" in sys.argv[1:])
    finally:
        teardown_databases(databases, verbosity=0)
