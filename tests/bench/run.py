"""One database of one size: fill it, or measure the portal with it and print a table. Called by tests.bench."""

# ruff: noqa: T201

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from portal.entries import touch  # noqa: E402
from recommendations.models import Recommendation  # noqa: E402

from . import content  # noqa: E402
from .server import Client, Server  # noqa: E402

LIST = "/empfehlungen/"
FACETS = "challenge=wohnraum&challenge=sprache&addressee=kommune"
HELLO, CSV, JSON_LINES = "/bench/hello", "/daten/recommendations.csv", "/daten/recommendations.jsonl"
SUGGESTIONS, TYPED = "/vorschlaege/", ("Be", "Beratungs", "Wohnraum+Ber")
CLIENTS = 8
CHANGES = 5
LONGEST_REFRESH = 120
LEAST_ROUNDS, MOST_ROUNDS = 5, 400
WARM = 3
NOT_FILLED = 3  # exit status


class Failed(Exception):
    """A request was not answered as it should be."""


def checked(answer, path, status=200):
    if answer.status != status:
        raise Failed(f"{path}: {answer.status} instead of {status}")
    return answer


class Sample:
    """Times of one address, in milliseconds."""

    def __init__(self, path):
        self.path, self.seconds, self.cpu = path, [], []

    def percentile(self, part):
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(len(ordered) * part), len(ordered) - 1)]

    @property
    def p50(self):
        return self.percentile(0.5)

    @property
    def cpu_ms(self):
        return 1000 * sum(self.cpu) / len(self.cpu)


def tasks(size):
    """{name: (address, address of its floor)}. The floor has a context made for the same query."""
    common, rare = f"q={content.COMMON}", f"q={content.RARE}"
    queries = {
        "T1": "",
        "T2": FACETS,
        "T3": f"{common}&addressee=kommune&addressee=land",
        "T4": rare,
        "T7": f"page={min(200, size // 20)}",
    }
    found = {name: (f"{LIST}?{query}" if query else LIST, f"/bench/floor/?{query}") for name, query in queries.items()}
    return found | {"T5": (content.address_of_record(), None)}


def single(server, addresses, seconds):
    """Every address in turn, again and again, so that whatever else the machine does meets all alike."""
    samples = {name: Sample(path) for name, path in addresses.items()}
    with Client(server.port) as client:
        for _ in range(WARM):
            for sample in samples.values():
                checked(client.get(sample.path), sample.path)
        end, rounds = time.perf_counter() + seconds, 0
        while rounds < LEAST_ROUNDS or (time.perf_counter() < end and rounds < MOST_ROUNDS):
            for sample in samples.values():
                before = server.cpu()
                answer = checked(client.get(sample.path), sample.path)
                sample.seconds.append(answer.seconds)
                sample.cpu.append(server.cpu() - before)
            rounds += 1
    return samples


def together(server, path, seconds):
    """Requests per second with several clients, and how long the slowest hundredth waited at least."""
    times, errors, end = [], [], time.perf_counter() + seconds

    def visit():
        try:
            with Client(server.port) as client:
                while time.perf_counter() < end:
                    times.append(checked(client.get(path), path).seconds)
        except (OSError, Failed) as error:
            errors.append(error)

    start = time.perf_counter()
    threads = [threading.Thread(target=visit) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise Failed(f"{path} with {CLIENTS} clients: {errors[0]!r}")
    return len(times) / (time.perf_counter() - start), 1000 * sorted(times)[int(len(times) * 0.99)]


def table_of_everything(server, path):
    """Rows a second, seconds until the first byte, and how much memory grows meanwhile."""
    with Client(server.port) as client:
        before, highest, size = server.memory(), 0, 0
        start = time.perf_counter()
        head = client.ask(path)
        if head[9:12] != b"200":
            raise Failed(f"{path}: {head[:30]!r}")
        first, lines = None, 0
        for part in client.body(head):
            first = first or time.perf_counter() - start
            lines += part.count(b"\n")
            if size // 1_000_000 != (size + len(part)) // 1_000_000:
                highest = max(highest, server.memory())
            size += len(part)
        return lines / (time.perf_counter() - start), 1000 * first, max(highest, server.memory()) - before


def refreshes(server):
    """Seconds from a committed change until a list shows it, and the slowest list meanwhile: (median, slowest)."""
    record, taken, slowest = Recommendation.objects.get(slug="empfehlung-0"), [], 0
    with Client(server.port) as client:
        for n in range(CHANGES):
            word = f"Messwort{time.time_ns()}"
            with transaction.atomic():
                Recommendation.objects.filter(pk=record.pk).update(title_de=f"{word} {record.title_de}"[:150])
                touch("recommendations", record.pk)
            start = time.perf_counter()
            while record.get_absolute_url().encode() not in checked(client.get(f"{LIST}?q={word}"), word).body:
                if time.perf_counter() - start > LONGEST_REFRESH:
                    raise Failed(f"a change was not shown within {LONGEST_REFRESH} s")
                slowest = max(slowest, checked(client.get(LIST), LIST).seconds)
                time.sleep(0.005)
            taken.append(time.perf_counter() - start)
            time.sleep(0.1 * (n + 1))  # not always at the same moment between two looks at the database
            if sum(taken) > LONGEST_REFRESH:
                break
        with transaction.atomic():
            Recommendation.objects.filter(pk=record.pk).update(title_de=record.title_de)
            touch("recommendations", record.pk)
    return median(taken), slowest


def conditional(server, seconds=2):
    """How long a 304 takes beside hello, in milliseconds, or None if the portal gives no ETag."""
    unchanged, hello = Sample(LIST), Sample(HELLO)
    with Client(server.port) as client:
        etag = checked(client.get(LIST), LIST).header("etag")
        if not etag:
            return None
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            unchanged.seconds.append(checked(client.get(LIST, etag), f"{LIST} again", 304).seconds)
            hello.seconds.append(checked(client.get(HELLO), HELLO).seconds)
    return unchanged.p50, hello.p50


def hits(server, path):
    """How many records a list says it has found: the rows of its table."""
    with Client(server.port) as client:
        return checked(client.get(path.replace(LIST, CSV)), path).body.count(b"\r\n") - 1


def results_file(database):
    return settings.DATA_DIR / f"results-{database}.json"


def measure(database, size, seconds):
    log = Path(settings.DATA_DIR) / "server.log"
    lines, kept = [], {}

    def line(what, value, ratio="", goal="", met=None):
        lines.append((what, value, ratio, goal, "" if met is None else "yes" if met else "NO"))

    call_command("migrate", verbosity=0)  # content that was kept may be older than the code
    for file in (settings.DATA_DIR / "index").glob("*.pickle"):
        file.unlink()
    start = time.perf_counter()
    subprocess.run([sys.executable, "manage.py", "build_index"], check=True)  # as deployment does
    built = time.perf_counter() - start
    with Server(log) as server:
        ready = server.wait_for("/readyz")
        listed = server.wait_for(LIST)
        found = tasks(size)
        addresses = {"hello": HELLO} | {f"suggestions for „{typed}“": f"{SUGGESTIONS}?q={typed}" for typed in TYPED}
        for name, (page, floor) in found.items():
            addresses[name] = page
            if floor:
                addresses[f"{name} floor"] = floor
        samples = single(server, addresses, seconds)
        floor_rate, floor_tail = together(server, found["T1"][1], seconds / 5)
        list_rate, list_tail = together(server, LIST, seconds / 5)
        shutil.rmtree(settings.ANSWERS_DIR, ignore_errors=True)
        files = {
            f"{what} of everything{times}": table_of_everything(server, path)
            for what, path in (("CSV", CSV), ("JSON Lines", JSON_LINES))
            for times in (", first after a change", "")
        }
        unchanged = conditional(server)
        memory = server.memory()
        common, rare = hits(server, f"{LIST}?q={content.COMMON}"), hits(server, found["T4"][0])
        shown, slowest = refreshes(server)
        highest = server.memory("VmHWM")

    hello = samples["hello"]
    line("hello", ms(hello))
    most = {"T1": 2, "T2": 2.2, "T3": 4, "T4": 2.5}
    what = {"T1": "first page", "T2": "two challenges, an addressee", "T3": f"„{content.COMMON}“ and two addressees ({common} have the word)",
            "T4": f"„{content.RARE}“ ({rare} have it)", "T7": found["T7"][0].partition("?")[2]}  # fmt: skip
    for name in ("T1", "T2", "T3", "T4"):
        floor, page = samples[f"{name} floor"], samples[name]
        line(f"{name} floor", ms(floor))
        line(
            f"{name} {what[name]}",
            ms(page),
            f"{page.p50 / floor.p50:.2f} × floor",
            f"≤ {most[name]} ×",
            page.p50 <= most[name] * floor.p50,
        )
    record = samples["T5"]
    line("T5 recommendation, five examples", ms(record), f"{record.p50 / hello.p50:.1f} × hello", "≤ 3 ms or 10 ×",
         record.p50 <= max(3, 10 * hello.p50))  # fmt: skip
    for rendering, (rows, first, growth) in files.items():
        line(f"T6 {rendering}", f"{rows:,.0f} rows/s", "", "≥ 20,000", rows >= 20_000)
        line(f"T6 {rendering}, first byte", f"{first:.0f} ms", "", "≤ 50 ms", first <= 50)
        line(f"T6 {rendering}, memory", f"{growth:+.0f} MB", "", "≤ +20 MB", growth <= 20)
    last = samples["T7"]
    line(
        f"T7 {what['T7']}",
        ms(last),
        f"{last.p50 / samples['T1'].p50:.2f} × T1",
        "≤ 1.2 ×",
        last.p50 <= 1.2 * samples["T1"].p50,
    )
    for name, sample in samples.items():
        if name.startswith("suggestions"):
            line(name, ms(sample))
    kept = {name: samples[name].p50 for name in ("T1", "T2", "T3", "T4", "T5", "T7")}
    if smallest := before(database, size):
        for name, value in kept.items():
            factor = 2 if name == "T3" else 1.3
            grown = value / smallest["p50"][name]
            line(f"{name} against {smallest['size']:,}", f"{grown:.2f} ×", "", f"≤ {factor} ×", grown <= factor)
    line(f"{CLIENTS} clients, floor", f"{floor_rate:.0f}/s, p99 {floor_tail:.0f} ms")
    line(f"{CLIENTS} clients, T1", f"{list_rate:.0f}/s, p99 {list_tail:.0f} ms", f"{list_rate / floor_rate:.2f} × floor", "≥ 0.4 ×",
         list_rate >= 0.4 * floor_rate)  # fmt: skip
    if unchanged:
        line(
            "304",
            f"{unchanged[0]:.2f} ms",
            f"{unchanged[0] - unchanged[1]:+.2f} ms to hello",
            "≤ +1 ms",
            unchanged[0] - unchanged[1] <= 1,
        )
    else:
        line("304", "no ETag", "", "≤ +1 ms", False)
    limit = 5 if size >= 100_000 else 1
    line("start until /readyz", f"{ready:.2f} s")
    line("start until the first list", f"{listed:.2f} s", "", f"≤ {limit} s", listed <= limit)
    line("manage.py build_index, before the first start", f"{built:.2f} s")
    line("a change is shown after", f"{shown:.2f} s", "", "≤ 1 s", shown <= 1)
    line("the slowest list meanwhile", f"{1000 * slowest:.0f} ms")
    line("memory of the process", f"{memory:.0f} MB, at most {highest:.0f} MB", "", "< 250 MB", memory < 250)
    print_table(f"{database}, {size:,} recommendations ({len(hello.seconds)} rounds)", lines)
    remember(database, size, kept)


def ms(sample):
    return f"{sample.p50:6.2f} ms  p95 {sample.percentile(0.95):6.2f}  p99 {sample.percentile(0.99):6.2f}  cpu {sample.cpu_ms:6.2f}"


def print_table(title, lines):
    lines = [("", "", "ratio", "goal", "met"), *lines]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    print(f"\n{title}")
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def before(database, size):
    """The smallest size that was measured before this one, for the growth."""
    file = results_file(database)
    smaller = [each for each in json.loads(file.read_text()) if each["size"] < size] if file.exists() else []
    return min(smaller, key=lambda each: each["size"], default=None)


def remember(database, size, p50):
    file = results_file(database)
    others = [each for each in json.loads(file.read_text()) if each["size"] != size] if file.exists() else []
    file.write_text(json.dumps([*others, {"size": size, "p50": p50}]))


def main(database, size, seconds, what):
    size = int(size)
    if what == "is-filled":
        return 0 if content.is_filled(size) else NOT_FILLED
    if what == "fill":
        start = time.monotonic()
        content.fill(size, lambda step: print(f"{database}, {size:,}: making {step}", file=sys.stderr))
        print(f"{database}, {size:,}: made in {time.monotonic() - start:.0f} s", file=sys.stderr)
        return 0
    try:
        measure(database, size, float(seconds))
    except (Failed, OSError, RuntimeError) as error:
        print(f"{database}, {size:,}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    sys.exit(main(*sys.argv[1:]))
