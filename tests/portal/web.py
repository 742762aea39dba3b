"""Web servers on this machine that answer as a path of theirs says; the network is never asked."""

import ssl
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class WebServer(ThreadingHTTPServer):
    """`answers`: {path: function of the handler}. `heard`: (method, path, headers) of every request."""

    daemon_threads = True

    def __init__(self, answers, address="127.0.0.1", context=None):
        super().__init__((address, 0), Handler)
        self.answers, self.heard = answers, []
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request, client_address):
        pass  # that clients hang up is meant

    @property
    def port(self):
        return self.server_address[1]


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        self.server.heard.append((self.command, self.path, dict(self.headers)))
        self.server.answers[self.path](self)

    do_HEAD = do_GET = answer

    def log_message(self, *arguments):
        pass


def status(code, **headers):
    """An answer that consists of a status and headers."""

    def answer(handler):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def by_method(**answers):
    return lambda handler: answers[handler.command](handler)


@contextmanager
def serve(answers, address="127.0.0.1", authority=None, name="portal.test"):
    """With an authority (of trustme): over TLS, with a certificate for `name`."""
    context = None
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
    with WebServer(answers, address, context) as server:
        if context:
            server.names = []
            context.sni_callback = lambda sock, asked, context: server.names.append(asked)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()
