import socket

import pytest
from django.core.management import CommandError, call_command


def test_the_demo_refuses_a_port_at_which_something_answers(settings):
    settings.DEMO = True
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the server's own is
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} can't be used .* PORT={port + 1}"):
            call_command("demo", port=port)
