"""The production server as a process of its own, and a client that costs next to nothing."""

import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

THREADS = 4


class Server:
    """granian with one worker, as README and `manage.py demo` run it; ended by its process id."""

    def __init__(self, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = log
        self.started = time.perf_counter()
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
                 "--workers", "1", "--blocking-threads", str(THREADS), "--no-access-log", "portal.wsgi:application"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_for(self, path, longest=300):
        """Seconds since the start until `path` answers with 200."""
        while time.perf_counter() - self.started < longest and self.process.poll() is None:
            try:
                with Client(self.port, timeout=longest) as client:
                    if client.get(path).status == 200:
                        return time.perf_counter() - self.started
            except OSError:
                pass
            time.sleep(0.01)
        raise RuntimeError(f"The server does not answer {path}:\n{self.log.read_text()}")

    @property
    def worker(self):
        """The process that answers: the only child of granian's own."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[-1])

    def cpu(self):
        """Seconds of processor time that the worker has used so far, user and system."""
        return time.clock_gettime((~self.worker << 3) | 2)  # Linux: the processor clock of another process

    def memory(self, field="VmRSS"):
        """Megabytes."""
        lines = Path(f"/proc/{self.worker}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


@dataclass
class Answer:
    status: int
    head: bytes
    body: bytes
    seconds: float

    def header(self, name):
        for line in self.head.split(b"\r\n")[1:]:
            key, _colon, value = line.partition(b":")
            if key.strip().lower() == name.encode():
                return value.strip().decode()
        return ""


class Client:
    """One connection that is kept open. Reads an answer whole, or `stream`s it."""

    def __init__(self, port, timeout=120):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def get(self, path, etag=""):
        start = time.perf_counter()
        head = self.ask(path, etag)
        body = b"".join(self.body(head))
        return Answer(int(head[9:12]), head, body, time.perf_counter() - start)

    def ask(self, path, etag=""):
        """Sends the request and returns the head of the answer."""
        condition = f"If-None-Match: {etag}\r\n" if etag else ""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{condition}\r\n".encode())
        head, self.rest = self.until(b"\r\n\r\n")
        return head

    def until(self, end):
        """What comes before `end`, and what has arrived behind it."""
        while end not in self.rest:
            self.rest += self.receive()
        before, _end, behind = self.rest.partition(end)
        return before, behind

    def receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("The server closed the connection.")
        return data

    def body(self, head):
        """The parts of the body as they arrive."""
        lower = head.lower()
        if head[9:12] in (b"304", b"204"):
            return
        if b"transfer-encoding: chunked" in lower:
            while True:
                size, self.rest = self.until(b"\r\n")
                part = b"".join(self.exactly(int(size, 16) + 2))[:-2]
                if not part:
                    return
                yield part
        yield from self.exactly(int(lower.partition(b"content-length:")[2].split(b"\r\n")[0]))

    def exactly(self, wanted):
        while wanted:
            if not self.rest:
                self.rest = self.receive()
            part, self.rest = self.rest[:wanted], self.rest[wanted:]
            wanted -= len(part)
            yield part
