"""The portal as its readers get it: the demo's production server on a free port, Chromium, and every kind of page."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from django.core import signing
from django.core.management import call_command
from django.template.loader import render_to_string

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = secrets.token_hex(30)
PREVIEW = signing.dumps(["recommendations", 1], key=SECRET_KEY, salt="preview")

KINDS = {  # name: (German address, English address)
    "home": ("/", "/en/"),
    "recommendations": ("/empfehlungen/", "/en/recommendations/"),
    "recommendations-filtered": (
        "/empfehlungen/?q=wohnung&challenge=wohnraum&addressee=kommune&addressee=land",
        "/en/recommendations/?q=wohnung&challenge=wohnraum&addressee=kommune&addressee=land",
    ),
    "recommendations-none": (
        "/empfehlungen/?q=wohnungsgeberbescheinigung&challenge=wohnraum",
        "/en/recommendations/?q=xylophon&challenge=wohnraum",
    ),
    "recommendations-unknown": (
        "/empfehlungen/?challenge=gibt-es-nicht&challenge=sprache",
        "/en/recommendations/?challenge=gibt-es-nicht&challenge=sprache",
    ),
    "recommendation": (
        "/empfehlungen/aktive-wohnungs-und-bodenpolitik/",
        "/en/recommendations/aktive-wohnungs-und-bodenpolitik/",
    ),
    "examples": ("/praxisbeispiele/", "/en/practice-examples/"),
    "examples-filtered": ("/praxisbeispiele/?state=05&size=s3", "/en/practice-examples/?state=05&size=s3"),
    "example": (
        "/praxisbeispiele/altena-vom-fluechtling-zum-mitbuerger/",
        "/en/practice-examples/altena-vom-fluechtling-zum-mitbuerger/",
    ),
    "map": ("/karte/", "/en/map/"),
    "map-filtered": ("/karte/?state=05&challenge=sprache", "/en/map/?state=05&challenge=sprache"),
    "examples-near": (
        "/praxisbeispiele/?near=05962004&challenge=sprache",
        "/en/practice-examples/?near=05962004&challenge=sprache",
    ),
    "recommendations-near": ("/empfehlungen/?near=03151", "/en/recommendations/?near=03151&sort=title"),
    "example-near": (
        "/praxisbeispiele/altena-vom-fluechtling-zum-mitbuerger/?near=01003000",
        "/en/practice-examples/altena-vom-fluechtling-zum-mitbuerger/?near=01003000",
    ),
    "choose": (
        "/kommune-waehlen/?q=l%C3%BCbeck&back=challenge%3Dsprache",
        "/en/choose-municipality/?q=l%C3%BCbeck",
    ),
    "challenges": ("/herausforderungen/", "/en/challenges/"),
    "challenge": ("/herausforderungen/wohnraum/", "/en/challenges/wohnraum/"),
    "municipalities": ("/kommunen/", "/en/municipalities/"),
    "municipality": ("/kommunen/05962004/", "/en/municipalities/05962004/"),
    "district": ("/kommunen/03151/", "/en/municipalities/03151/"),
    "data": ("/daten/", "/en/data/"),
    "releases": ("/daten/releases/", "/en/data/releases/"),
    "release": ("/daten/releases/1/", "/en/data/releases/1/"),
    "release-selection": (
        "/daten/releases/1/recommendations/?challenge=wohnraum&addressee=kommune-only",
        "/en/data/releases/1/practice-examples/?state=05&size=s3",
    ),
    "release-refused": (
        "/daten/releases/1/recommendations/?q=bauen",
        "/en/data/releases/1/recommendations/?since=1066",
    ),
    "release-withdrawn": ("/daten/releases/2/", "/en/data/releases/2/"),
    "codebook": ("/daten/codebuch/", "/en/data/code-book/"),
    "api": ("/api/v1/docs", "/api/v1/docs?lang=en"),
    "glossary": ("/glossar/", "/en/glossary/"),
    "about": ("/ueber/", "/en/about/"),
    "imprint": ("/impressum/", "/en/imprint/"),
    "privacy": ("/datenschutz/", "/en/privacy/"),
    "accessibility": ("/barrierefreiheit/", "/en/accessibility/"),
    "feedback": ("/hinweis/?from=/empfehlungen/", "/en/feedback/?from=/en/recommendations/"),
    "preview": (f"/vorschau/{PREVIEW}/", f"/en/preview/{PREVIEW}/"),
    "withdrawn": ("/herausforderungen/zurueckgezogen/", "/en/challenges/zurueckgezogen/"),
    "not-found": ("/gibt-es-nicht/", "/en/no-such-page/"),
}
PAGES = {f"{kind}-{code}": kinds[i] for kind, kinds in KINDS.items() for i, code in enumerate(["de", "en"])}
ERRORS = ["400", "403", "403_csrf", "429", "500", "503"]


def show_error(page, code):
    """Opens an error page that does not occur while all is well: hands the browser what Django would send."""
    page.route("**/error", lambda route: route.fulfill(body=render_to_string(f"{code}.html"), content_type="text/html"))
    page.goto("/error")


def environment(data_dir, **extra):
    """The environment of a demo in data_dir: nothing of what the tests or the caller have set for themselves."""
    own = ("DEBUG", "DATABASE_URL", "ALLOWED_HOSTS", "HTTPS", "MAINTENANCE", "PUBLISHER", "SITE_ADDRESS", "SMTP_HOST", "DJANGO_SETTINGS_MODULE",
           "TRUSTED_PROXIES", "OIDC_NAME")  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if name not in own}
    return kept | {"DEMO": "true", "SECRET_KEY": SECRET_KEY, "DATA_DIR": str(data_dir)} | extra


class Portal(str):
    """The address of a running portal, like http://127.0.0.1:43211, the folder with its data, its own environment."""

    data_dir = None
    extra = {}


def manage(portal, *arguments):
    """What a command of manage.py prints, run beside a running portal."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(portal.data_dir, SITE_ADDRESS=str(portal), **portal.extra),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def release_and_withdraw():
    """Freezes the starter content as a data release; then a record and a second release come and are withdrawn.

    Runs in a process of its own, as a command does.
    """
    from portal import workflow  # not above: only there Django knows the portal
    from recommendations.models import Challenge
    from tests.factories import make_challenge

    call_command("release_dataset")
    record = make_challenge("zurueckgezogen", title_en="Withdrawn")
    call_command("release_dataset")
    call_command("withdraw_release", 2, reason="Ein Text darf nicht mehr gezeigt werden.")
    workflow.withdraw(record, None, "Ist überholt.", superseded_by=Challenge.objects.get(slug="wohnraum"))


@contextmanager
def serve(**extra):
    """Starts the demo with fresh starter content, frozen as a data release, and yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = Portal(f"http://127.0.0.1:{port}")
    with tempfile.TemporaryDirectory(prefix="portal-browser-") as data_dir:
        address.data_dir, address.extra = data_dir, extra
        log = Path(data_dir, "server.log")
        with log.open("wb") as output:
            server = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(port)],
                cwd=ROOT,
                env=environment(data_dir, **extra),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_ready(f"{address}/livez", server, log)
            manage(address, "shell", "-c", "from tests.browser.live import release_and_withdraw as do; do()")
            yield address
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


MOVABLE_CLOCK = {"PYTHONPATH": str(Path(__file__).parent / "clock")}  # for serve(**MOVABLE_CLOCK)


def move_clock(portal, seconds):
    """Let the portal, while it runs, and its commands believe that it is so much later."""
    whole = Path(portal.data_dir, "clock.new")
    whole.write_text(str(seconds))
    whole.rename(Path(portal.data_dir, "clock"))


def wait_until_ready(url, server, log, seconds=60):
    deadline = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")


def launch(playwright):
    """Starts Debian's Chromium, told to stay silent towards the network."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("Chromium is missing (Debian: apt-get install chromium).")
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses to work for root
    return playwright.chromium.launch(executable_path=path, args=[*quiet, "--no-first-run", *root])
