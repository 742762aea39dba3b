"""How far a command has got."""

import sys


def bar(stderr, label):
    """A function that moves a bar on a terminal forward, by a count out of a total; in a log it does nothing."""
    done = 0

    def forward(count, total):
        nonlocal done
        done = min(done + count, total)
        if sys.stderr.isatty() and total:
            filled = "#" * (40 * done // total)
            end = "\n" if done == total else ""
            stderr.write(f"\r{label:<12} [{filled:<40}] {done}/{total}", ending=end)

    return forward
