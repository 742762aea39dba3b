"""The same judged queries put to tantivy, fed with our words: what our own search is measured against.

python -m tests.relevance.alternative    (DJANGO_SETTINGS_MODULE=tests.settings)

Each word of a text is filed under its stems and, if it is a compound, under those of its parts. A query asks for the
stems of its words and their synonyms, in the title six times as much as in the texts; any of them may match.
"""

# ruff: noqa: T201

import time
from contextlib import redirect_stdout
from io import StringIO

import django
import tantivy
from django.core.management import call_command
from django.test.utils import setup_databases, teardown_databases

ROW = "{:12}{:10}{:>8}{:>11}{:>13}{:>6}{:>9}{:>14}"
BOOSTS = {"w6": 6.0, "w3": 3.0, "w1": 1.0}


class Tantivy:
    def __init__(self, filter_class):
        from portal.current import current_index

        self.own = current_index(filter_class)
        schema = tantivy.SchemaBuilder()
        schema.add_unsigned_field("pk", stored=True)
        for name in BOOSTS:
            schema.add_text_field(name, tokenizer_name="whitespace")
        self.index = tantivy.Index(schema.build())
        documents = {}
        for columns, rows in self.own.texts(filter_class.rows().order_by()):
            for pk, *texts in rows:
                fields = documents.setdefault(pk, dict.fromkeys(BOOSTS, ""))
                for column, text in zip(columns, texts, strict=True):
                    fields[f"w{filter_class.texts[column]}"] += f" {self.filed(text or '')}"
        writer = self.index.writer()
        for pk, fields in documents.items():
            writer.add_document(tantivy.Document(pk=pk, **fields))
        writer.commit()
        self.index.reload()

    def filed(self, text):
        from portal.search import stems, words

        found = []
        for word in words(text):
            found += [*stems(word), *(stem for part in self.own.vocabulary.split(word) for stem in stems(part))]
        return " ".join(found)

    def ids(self, text):
        from portal.search import STOP_WORDS, read, stemmed

        asked = []
        for term in read(text, self.own.synonyms).terms:
            for words in [term.words, *self.own.synonyms.get(stemmed(term.words), ())]:
                asked += [word for word in words if word not in STOP_WORDS] or list(words)
        stems = " ".join(dict.fromkeys(self.filed(" ".join(asked)).split()))
        query, _errors = self.index.parse_query_lenient(stems, list(BOOSTS), field_boosts=BOOSTS)
        searcher = self.index.searcher()
        return [searcher.doc(address)["pk"][0] for _score, address in searcher.search(query, 200).hits]


def main():
    from portal.current import current_index
    from tests.relevance.judgements import FILES, LISTS, Answer, Score, ask, queries

    call_command("load_content", verbosity=0)
    numbers = {each: dict(each.rows().values_list("pk", "number")) for each in LISTS.values()}
    theirs = {each: Tantivy(each) for each in LISTS.values()}

    def put(query):
        found = theirs[query.filter_class].ids(query.q)
        return Answer(query, tuple(numbers[query.filter_class][pk] for pk in found))

    print(ROW.format("", "search", "queries", "recall@10", "precision@5", "MRR", "nothing", "ms per query"))
    for file, path in FILES.items():
        asked = queries(path)
        for name, answer, search in (
            ("own", ask, lambda query: current_index(query.filter_class).search(query.q)),
            ("tantivy", put, lambda query: theirs[query.filter_class].ids(query.q)),
        ):
            score = Score.of([answer(query) for query in asked])
            start = time.perf_counter()
            for query in asked:
                search(query)
            each = 1000 * (time.perf_counter() - start) / len(asked)
            figures = (f"{value:.3f}" for value in (score.recall, score.precision, score.mrr))
            print(ROW.format(file, name, score.queries, *figures, f"{score.nothing:.1%}", f"{each:.2f}"))


if __name__ == "__main__":
    django.setup()
    with redirect_stdout(StringIO()):  # the cache table is said to exist already, however quiet one wants it
        databases = setup_databases(verbosity=0, interactive=False)
    try:
        main()
    finally:
        teardown_databases(databases, verbosity=0)
