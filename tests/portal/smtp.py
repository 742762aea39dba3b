"""A mail server on this machine that takes mail, refuses it or falls silent, as told."""

import socketserver
from contextlib import contextmanager
from threading import Thread


class MailServer(socketserver.ThreadingTCPServer):
    """`received`: (recipient, message) of what it took. `refusals`: {recipient: answer}. `down`: hangs up at once."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.received, self.refusals, self.down = [], {}, False

    @property
    def port(self):
        return self.server_address[1]


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        if self.server.down:
            return
        self.say("220 ready")
        for line in iter(self.rfile.readline, b""):
            command, _, argument = line.decode().strip().partition(":")
            if command.upper() == "RCPT TO":
                recipient = argument.strip("<> ")
                self.say(self.server.refusals.get(recipient, "250 fine"))
            elif command.upper() == "DATA":
                self.say("354 go on")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.received.append((recipient, b"".join(lines)))
                self.say("250 taken")
            elif command.upper() == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")


@contextmanager
def serve():
    with MailServer() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
