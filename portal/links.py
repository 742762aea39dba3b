"""Asking whether an address on the web still answers, without being led to where it must not go.

Addresses come from editors and, by redirects, from strangers. So only http and https, only public addresses, and the
connection goes to the very address that was checked: the name isn't looked up a second time. Time and size are limited
for everything together, and nothing but the head of an answer is read.
"""

import io
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PORTS = {"http": 80, "https": 443}
PERMANENT = (301, 308)
REDIRECTS = (*PERMANENT, 302, 303, 307)
NO_HEAD = (403, 405, 501)  # what servers say that don't like HEAD

# OpenSSL's codes of what is mostly wrong with a certificate.
UNTRUSTED = gettext_lazy("nobody we trust has issued it")
CERTIFICATES = {
    10: gettext_lazy("it has expired"),
    62: gettext_lazy("it is for another name"),
    18: UNTRUSTED,
    19: UNTRUSTED,
    20: UNTRUSTED,
}


class NoAnswer(Exception):
    """Why there was no answer, in words."""


@dataclass(frozen=True)
class Answer:
    """The status of the last answer, and where the page lives now if it has moved for good."""

    status: int
    moved_to: str = ""


@dataclass(frozen=True)
class Target:
    """A web address taken apart; the host's name in ASCII."""

    scheme: str
    host: str
    port: int
    path: str


def is_public(address):
    """Whether an IP address (as text) is one on the public internet, in no disguise."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    special = ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local
    if ip.version == 6:  # an IPv4 address inside could be anything; older Pythons call some of these global
        special = special or ip.is_site_local or bool(ip.ipv4_mapped or ip.sixtofour or ip.teredo)
    return ip.is_global and not special


def look_up(host, port):
    """The IP addresses of a host as text, in the order in which they should be tried."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(address[0] for *_other, address in found))


class Deadline:
    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def left(self):
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def call(self, function, *args):
        """The function's result; it may go on in the background if it takes longer: a look-up can't be stopped."""
        results = queue.SimpleQueue()

        def work():
            try:
                results.put((function(*args), None))
            except Exception as error:
                results.put((None, error))

        threading.Thread(target=work, daemon=True).start()
        try:
            result, error = results.get(timeout=self.left())
        except queue.Empty:
            raise TimeoutError from None
        if error:
            raise error
        return result


class Incoming(io.RawIOBase):
    """What a socket receives: the deadline holds for every byte, and after `size` bytes it is enough."""

    def __init__(self, sock, deadline, size):
        self.sock, self.deadline, self.room = sock, deadline, size

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.room <= 0:
            raise NoAnswer(_("It sends more than a web page's head."))
        self.sock.settimeout(self.deadline.left())
        count = self.sock.recv_into(buffer, min(len(buffer), self.room))
        self.room -= count
        return count


@dataclass
class Wire:
    """A connected socket, as much of one as http.client needs."""

    sock: socket.socket
    deadline: Deadline
    size: int

    def sendall(self, data):
        self.sock.settimeout(self.deadline.left())
        self.sock.sendall(data)

    def makefile(self, mode):
        return io.BufferedReader(Incoming(self.sock, self.deadline, self.size))

    def close(self):
        self.sock.close()


class BoundConnection(HTTPConnection):
    """Connects to one of the given IP addresses, whatever the host's name may lead to by now."""

    def __init__(self, target, addresses, context, deadline, size):
        super().__init__(target.host, target.port)
        self.default_port = PORTS[target.scheme]  # left out of the Host header
        self.addresses, self.deadline, self.size = addresses, deadline, size
        self.context = context if target.scheme == "https" else None

    def connect(self):
        sock = self.reach()
        if self.context:
            sock.settimeout(self.deadline.left())  # holds for the whole handshake
            try:
                sock = self.context.wrap_socket(sock, server_hostname=self.host)
            except BaseException:
                sock.close()
                raise
        self.sock = Wire(sock, self.deadline, self.size)

    def reach(self):
        *others, last = self.addresses
        for address in others:
            try:
                return socket.create_connection((address, self.port), timeout=self.deadline.left() / 2)
            except OSError:
                continue
        return socket.create_connection((last, self.port), timeout=self.deadline.left())


@dataclass
class LinkChecker:
    """Asks addresses, one host at most once per `pause` seconds. Tests hand in their own look-up and allowances."""

    look_up: Callable = look_up
    is_allowed: Callable = is_public
    is_allowed_port: Callable = (80, 443).__contains__
    seconds: float = 10  # for everything that asking one address takes
    size: int = 64 * 1024  # bytes of one answer
    redirects: int = 5
    pause: float = 1
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    asked_at: dict = field(default_factory=dict)

    def ask(self, url):
        """What the address answers. Raises NoAnswer."""
        try:
            return self.follow(url, Deadline(self.seconds))
        except socket.gaierror as error:
            raise NoAnswer(_("The name of its server is not known.")) from error
        except TimeoutError as error:
            raise NoAnswer(_("It takes longer than %d seconds.") % self.seconds) from error
        except ssl.SSLCertVerificationError as error:
            why = CERTIFICATES.get(error.verify_code, error.verify_message)
            raise NoAnswer(_("Its certificate is not valid: %s.") % why) from error
        except ssl.SSLError as error:
            raise NoAnswer(_("No secure connection comes about.")) from error
        except OSError as error:
            raise NoAnswer(_("Its server can't be reached.")) from error
        except (HTTPException, ValueError) as error:  # ValueError: UnicodeError, too
            raise NoAnswer(_("It doesn't answer as a web server does.")) from error

    def follow(self, url, deadline):
        moved_to, for_good = "", True
        for _step in range(self.redirects + 1):
            status, location = self.ask_once(url, deadline)
            if status not in REDIRECTS or not location:
                return Answer(status, moved_to)
            url = urljoin(url, location)
            for_good = for_good and status in PERMANENT
            if for_good:
                moved_to = url
        raise NoAnswer(_("It redirects more than %d times.") % self.redirects)

    def ask_once(self, url, deadline):
        target = self.target(url)
        status, location = self.request("HEAD", target, deadline)
        if status in NO_HEAD:
            status, location = self.request("GET", target, deadline)
        return status, location

    def target(self, url):
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").encode("idna").decode()
            port = parts.port or PORTS.get(parts.scheme)
        except ValueError as error:
            raise NoAnswer(_("It is not a web address.")) from error
        if parts.scheme not in PORTS or not host or "\x00" in url:
            raise NoAnswer(_("It is not a web address."))
        if "@" in parts.netloc:
            raise NoAnswer(_("It contains a user name or a password."))
        if not self.is_allowed_port(port):
            raise NoAnswer(_("Its port %d is not one of the web.") % port)
        path = iri_to_uri((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        return Target(parts.scheme, host, port, path)

    def request(self, method, target, deadline):
        """(status, address it redirects to or None) of one request."""
        self.wait_for_turn(target.host, deadline)
        addresses = deadline.call(self.look_up, target.host, target.port)
        if not addresses or not all(map(self.is_allowed, addresses)):
            raise NoAnswer(_("It doesn't lead to a public server."))
        connection = BoundConnection(target, addresses, self.context, deadline, self.size)
        try:
            connection.request(method, target.path, headers={
                "User-Agent": f"Wissensportal-Linkcheck (+{settings.SITE_ADDRESS})",
                "Accept": "*/*",
                "Connection": "close",
            })  # fmt: skip
            response = connection.getresponse()
            location = response.getheader("Location")
            response.close()
        finally:
            connection.close()
        # http.client reads headers as Latin-1; those that aren't ASCII are mostly UTF-8.
        return response.status, location and location.encode("latin-1").decode("utf-8", "replace")

    def wait_for_turn(self, host, deadline):
        wait = self.asked_at.get(host, float("-inf")) + self.pause - time.monotonic()
        if wait > 0:
            time.sleep(min(wait, deadline.left()))
            deadline.left()
        self.asked_at[host] = time.monotonic()
