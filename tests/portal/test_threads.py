"""Words in several threads at once: the server answers readers side by side."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product

from portal.search import stems

WORDS = [
    "".join(parts)
    for parts in product(
        ("ver", "be", "an", ""), ("wohn", "bild", "sprach", "arbeit"), ("ungen", "en", "erinnen", "keiten")
    )
]


def test_words_have_the_same_stems_whatever_other_threads_look_up():
    """A stemmer keeps the word it works on; shared between threads it would answer for another's word."""
    expected = {word: stems.__wrapped__(word) for word in WORDS}
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda word: (word, stems.__wrapped__(word)), WORDS * 200):
            assert found[1] == expected[found[0]]
