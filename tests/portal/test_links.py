"""Asking addresses: only the public web, only what was checked, never for long. Against servers on this machine."""

import socket
import ssl
import time

import pytest
import trustme

from portal.links import Answer, LinkChecker, NoAnswer, is_public
from tests.portal import web
from tests.portal.web import by_method, status

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"  # the first stands for a public address, the second for one that isn't


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Names are never looked up behind the checker's back: that would be a second, unchecked look-up."""
    look_up = socket.getaddrinfo

    def only_numbers(host, *args, **kwargs):
        socket.inet_pton(socket.AF_INET, host)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", only_numbers)


def make_checker(names=None, **fields):
    """Every name leads to HERE unless `names` says otherwise; HERE alone is public; every port will do."""
    names = names or {}
    checker = LinkChecker(
        look_up=lambda host, port: names.get(host, [ELSEWHERE if host == ELSEWHERE else HERE]),
        is_allowed=HERE.__eq__,
        is_allowed_port=lambda port: True,
        pause=0,
    )
    for name, value in fields.items():
        setattr(checker, name, value)
    return checker


@pytest.fixture
def server():
    with web.serve({"/": status(200)}) as server:
        server.url = f"http://portal.test:{server.port}"
        yield server


@pytest.fixture
def elsewhere():
    """A server where nobody must go."""
    with web.serve({"/": status(200)}, ELSEWHERE) as server:
        yield server
        assert server.heard == []


def refused(checker, url):
    with pytest.raises(NoAnswer) as problem:
        checker.ask(url)
    return str(problem.value)


# What is asked, and how.
def test_the_head_of_an_address_is_asked_for_by_name_and_without_cookies(server, settings):
    settings.SITE_ADDRESS = "https://portal.example"
    server.answers["/"] = status(302, Location="/b", **{"Set-Cookie": "a=b"})
    server.answers["/b"] = status(200)
    assert make_checker().ask(f"{server.url}/#teil") == Answer(200)
    assert [(method, path) for method, path, _headers in server.heard] == [("HEAD", "/"), ("HEAD", "/b")]
    for _method, _path, headers in server.heard:
        assert headers["Host"] == f"portal.test:{server.port}"
        assert headers["User-Agent"] == "Wissensportal-Linkcheck (+https://portal.example)"
        assert not {"Cookie", "Authorization", "Referer"} & headers.keys()


@pytest.mark.parametrize("code", [403, 405, 501])
def test_a_server_that_does_not_like_head_is_asked_with_get(server, code):
    server.answers["/"] = by_method(HEAD=status(code), GET=status(200))
    assert make_checker().ask(server.url) == Answer(200)


@pytest.mark.parametrize("code", [200, 204, 404, 410, 500, 503])
def test_any_other_answer_is_taken_as_it_is(server, code):
    server.answers["/"] = status(code)
    assert make_checker().ask(server.url) == Answer(code)
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    ("codes", "moved_to"),
    [([301], "/1"), ([308], "/1"), ([302], ""), ([303], ""), ([307], ""), ([301, 308], "/2"), ([301, 302], "/1"),
     ([302, 301], "")],
)  # fmt: skip
def test_only_what_has_moved_for_good_has_a_new_address(server, codes, moved_to):
    for step, code in enumerate(codes):
        server.answers[f"/{step or ''}"] = status(code, Location=f"/{step + 1}")
    server.answers[f"/{len(codes)}"] = status(200)
    assert make_checker().ask(server.url) == Answer(200, moved_to and server.url + moved_to)


def test_umlauts_in_an_address_and_in_a_redirect_are_written_as_the_web_writes_them(server):
    server.answers["/gr%C3%BC%C3%9Fe?stadt=K%C3%B6ln"] = status(302, Location="/köln".encode().decode("latin-1"))
    server.answers["/k%C3%B6ln"] = status(200)
    assert make_checker().ask(f"{server.url}/grüße?stadt=Köln") == Answer(200)


def test_a_redirect_that_no_database_could_note_is_none(server):
    """PostgreSQL takes no NUL; noting it would fail, and the same address would be the next to be asked for ever."""
    server.answers["/"] = status(301, Location="/a\x00b")
    server.answers["/a%00b"] = status(200)
    assert refused(make_checker(), server.url) == "Das ist keine Webadresse."


def test_a_name_with_umlauts_is_asked_for_in_ascii(server):
    assert make_checker().ask(f"http://köln.test:{server.port}/") == Answer(200)
    assert server.heard[0][2]["Host"] == f"xn--kln-sna.test:{server.port}"


def test_a_host_is_asked_once_a_second_at_most(server):
    checker = make_checker(pause=0.2)
    begin = time.monotonic()
    for _ in range(3):
        checker.ask(server.url)
    assert time.monotonic() - begin >= 0.4
    checker.pause = 60
    assert checker.ask(server.url.replace("portal.test", "other.test")) == Answer(200)
    checker.seconds = 0.2
    assert "länger" in refused(checker, server.url)  # its turn would come too late
    assert LinkChecker().pause == 1


# Where it does not go.
@pytest.mark.parametrize(
    "address",
    """0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.254 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.1 192.0.2.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:93.184.216.34 64:ff9b::a00:1
    64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:a00:1::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1""".split(),
)
def test_an_address_that_is_not_on_the_public_internet_is_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1",
                                     "2606:2800:220:1::1", "2a00:1450:4001::1"])  # fmt: skip
def test_a_public_address_is_not(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    """ftp://portal.test/ file:///etc/passwd gopher://portal.test/ javascript:alert(1) portal.test //portal.test/ http://
    http:///pfad http://:80/ http://portal.test:x/ http://portal.test:99999/ http://[::1/ http://a..b/""".split(),
)
def test_what_is_no_web_address_is_not_asked(url):
    assert "Webadresse" in refused(make_checker(), url)


@pytest.mark.parametrize("url", ["http://ada@portal.test/", "http://ada:pw@portal.test/", "http://:pw@portal.test/",
                                 "http://@portal.test/"])  # fmt: skip
def test_no_user_name_or_password_is_sent(url):
    assert "Benutzernamen" in refused(make_checker(), url)


def test_only_the_ports_of_the_web_are_asked(server):
    checker = make_checker(is_allowed_port=LinkChecker().is_allowed_port)
    for port in (server.port, 22, 25, 8080, 6379):
        assert "Port" in refused(checker, f"http://portal.test:{port}/")
    server.answers["/"] = status(302, Location="http://portal.test:22/")
    checker.is_allowed_port = server.port.__eq__
    assert "Port 22" in refused(checker, server.url)
    assert all(checker.target(f"{url}/") for url in [server.url])
    web_only = LinkChecker()
    assert [web_only.target(url).port for url in ("http://a.de", "https://a.de", "https://a.de:80")] == [80, 443, 80]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"])
def test_however_it_is_written_this_machine_is_not_asked(host, monkeypatch):
    """With the real look-up and the real rule; numbers in disguise are the system's business, names there are none."""
    monkeypatch.undo()
    assert "öffentlich" in refused(LinkChecker(pause=0), f"http://{host}/")


def test_one_address_that_is_not_public_spoils_the_name(server, elsewhere):
    for addresses in ([HERE, ELSEWHERE], [ELSEWHERE, HERE], [ELSEWHERE], []):
        checker = make_checker({"portal.test": addresses})
        assert "öffentlich" in refused(checker, f"http://portal.test:{elsewhere.port}/")
    assert server.heard == []


@pytest.mark.parametrize(
    "target", [f"http://{ELSEWHERE}:{{port}}/", "http://intern.test:{port}/", "//intern.test:{port}/"]
)
def test_a_redirect_to_an_address_that_is_not_public_is_not_followed(server, elsewhere, target):
    server.answers["/"] = status(302, Location=target.format(port=elsewhere.port))
    assert "öffentlich" in refused(make_checker({"intern.test": [ELSEWHERE]}), server.url)
    assert len(server.heard) == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://portal.test/", "http://ada:pw@portal.test/"])
def test_a_redirect_away_from_the_web_is_not_followed(server, target):
    server.answers["/"] = status(301, Location=target)
    refused(make_checker(), server.url)
    assert len(server.heard) == 1


def test_a_name_that_leads_elsewhere_a_moment_later_is_asked_where_it_was_checked(server, elsewhere):
    """DNS rebinding: the connection goes to the address that was checked, and each further request checks anew."""
    looked_up = []

    def look_up(host, port):
        looked_up.append(host)
        return [HERE] if len(looked_up) == 1 else [ELSEWHERE]

    assert make_checker(look_up=look_up).ask(server.url) == Answer(200)
    assert looked_up == ["portal.test"]

    looked_up.clear()
    server.answers["/"] = status(405)
    assert "öffentlich" in refused(make_checker(look_up=look_up), server.url)

    looked_up.clear()
    server.answers["/"] = status(302, Location="/")
    assert "öffentlich" in refused(make_checker(look_up=look_up), server.url)


def test_the_next_address_is_tried_if_the_first_is_silent(server):
    with socket.socket() as silent:
        silent.bind((ELSEWHERE, server.port))  # nobody listens
        checker = make_checker({"portal.test": [ELSEWHERE, HERE]}, is_allowed=lambda address: True)
        assert checker.ask(server.url) == Answer(200)


def test_a_circle_of_redirects_ends(server):
    server.answers["/"] = status(302, Location="/")
    assert "5" in refused(make_checker(), server.url)
    assert len(server.heard) == 6


# How long and how much.
def endless(handler, chunk, pause):
    try:
        while True:
            handler.wfile.write(chunk)
            time.sleep(pause)
    except OSError:
        handler.server.hung_up = True


def start(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")


def endless_body(handler):
    start(handler)
    handler.wfile.write(b"\r\n")
    endless(handler, b"x" * 65536, 0)


def endless_head(handler):
    start(handler)
    endless(handler, b"X-A: " + b"x" * 1000 + b"\r\n", 0)


def slow_body(handler):
    start(handler)
    handler.wfile.write(b"\r\n")
    endless(handler, b"x", 0.05)


def slow_head(handler):
    start(handler)
    endless(handler, b"x", 0.05)


def slow_interim(handler):
    endless(handler, b"HTTP/1.1 100 Continue\r\n\r\n", 0.05)


def silence(handler):
    time.sleep(2)


@pytest.mark.parametrize("body", [endless_body, slow_body])
def test_a_body_without_end_is_not_waited_for(server, body):
    """GET is answered once the head is there; of the body, nothing is read."""
    server.answers["/"] = by_method(HEAD=status(405), GET=body)
    begin = time.monotonic()
    assert make_checker().ask(server.url) == Answer(200)
    assert time.monotonic() - begin < 4
    deadline = time.monotonic() + 5
    while not getattr(server, "hung_up", False) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.hung_up


@pytest.mark.parametrize("head", [slow_head, slow_interim, silence])
def test_a_head_that_trickles_in_is_not_waited_for(server, head):
    """A byte now and then renews no time limit: it holds for everything together."""
    server.answers["/"] = head
    begin = time.monotonic()
    assert "länger" in refused(make_checker(seconds=0.4), server.url)
    assert time.monotonic() - begin < 1.9


def test_a_head_without_end_is_not_read_to_the_end(server):
    server.answers["/"] = endless_head
    assert "mehr" in refused(make_checker(size=20_000), server.url)


def test_redirects_share_one_time_limit(server):
    def slow_redirect(handler):
        time.sleep(0.15)
        status(302, Location="/")(handler)

    server.answers["/"] = slow_redirect
    assert "länger" in refused(make_checker(seconds=0.4), server.url)


def test_a_look_up_that_hangs_is_not_waited_for():
    begin = time.monotonic()
    checker = make_checker(seconds=0.2, look_up=lambda host, port: time.sleep(2))
    assert "länger" in refused(checker, "http://portal.test/")
    assert time.monotonic() - begin < 1.9


def test_limits_of_the_portal():
    checker = LinkChecker()
    assert (checker.seconds, checker.size, checker.redirects) == (10, 65536, 5)
    assert checker.context.verify_mode == ssl.CERT_REQUIRED
    assert checker.context.check_hostname


# What can go wrong on the way.
def test_each_failure_is_said_in_words(server):
    def unknown(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    assert "unbekannt" in refused(make_checker(look_up=unknown), server.url)
    with socket.socket() as silent:
        silent.bind((HERE, 0))
        assert "nicht erreichbar" in refused(make_checker(), f"http://portal.test:{silent.getsockname()[1]}/")
    server.answers["/"] = lambda handler: handler.wfile.write(b"220 ready for mail\r\n")
    assert "Webserver" in refused(make_checker(), server.url)
    server.answers["/"] = lambda handler: None
    assert refused(make_checker(), server.url)
    assert "sichere Verbindung" in refused(make_checker(), server.url.replace("http:", "https:"))


# TLS.
@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusting(authority):
    """A checker that trusts the authority and nobody else."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return make_checker(context=context)


def test_a_certificate_is_checked_for_the_name_although_an_address_is_connected_to(authority, trusting):
    with web.serve({"/": status(200)}, authority=authority) as server:
        assert trusting.ask(f"https://portal.test:{server.port}/") == Answer(200)
        assert server.names == ["portal.test"]
        assert server.heard[0][2]["Host"] == f"portal.test:{server.port}"
        assert "Zertifikat" in refused(trusting, f"https://other.test:{server.port}/")
        assert "Zertifikat" in refused(trusting, f"https://{HERE}:{server.port}/")
        assert len(server.heard) == 1


def test_a_certificate_of_an_unknown_authority_is_refused(trusting):
    with web.serve({"/": status(200)}, authority=trustme.CA()) as server:
        assert "Zertifikat" in refused(trusting, f"https://portal.test:{server.port}/")
        assert server.heard == []


def test_a_handshake_that_hangs_is_not_waited_for(trusting):
    with socket.create_server((HERE, 0)) as silent:
        trusting.seconds = 0.3
        assert "länger" in refused(trusting, f"https://portal.test:{silent.getsockname()[1]}/")
