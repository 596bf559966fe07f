"""The address the house is reached under."""

import socket

import pytest

from yinuo.config.up.site import Site, Unusable, check_free, read_site

NAMES = ("YINUO_PORT", "YINUO_LISTEN", "YINUO_TLS", "YINUO_BASE_URL")


@pytest.mark.parametrize(
    ("environment", "port", "expected"),
    [
        ({}, None, Site("127.0.0.1", 8000, "", "http://127.0.0.1:8000")),
        ({"YINUO_PORT": "8100"}, None, Site("127.0.0.1", 8100, "", "http://127.0.0.1:8100")),
        ({"YINUO_PORT": "8100"}, 8200, Site("127.0.0.1", 8200, "", "http://127.0.0.1:8200")),
        ({"YINUO_LISTEN": "::1"}, None, Site("::1", 8000, "", "http://[::1]:8000")),
        ({"YINUO_LISTEN": "10.0.0.5"}, 80, Site("10.0.0.5", 80, "", "http://10.0.0.5")),
        ({"YINUO_TLS": "desk.example.cn"}, None, Site("0.0.0.0", 443, "desk.example.cn", "https://desk.example.cn")),  # noqa: S104
        ({"YINUO_TLS": "internal"}, 8443, Site("127.0.0.1", 8443, "internal", "https://127.0.0.1:8443")),
        ({"YINUO_BASE_URL": "https://desk.cn/"}, None, Site("127.0.0.1", 8000, "", "https://desk.cn")),
    ],
)
def test_address_follows_from_port_and_environment(
    environment: dict[str, str], port: int | None, expected: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert read_site(port) == expected


def test_a_port_in_use_is_refused_with_what_to_do() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Unusable, match=rf"uses port {port} .*make run PORT={port + 1}"):
            check_free(Site("127.0.0.1", port, "", ""))
    check_free(Site("127.0.0.1", port, "", ""))


@pytest.mark.parametrize(
    ("listen", "own"),
    [("127.0.0.1", "127.0.0.1"), ("10.0.0.5", "10.0.0.5"), ("0.0.0.0", "127.0.0.1"), ("desk.example", "desk.example")],  # noqa: S104
)
def test_this_machine_reaches_it_where_it_listens(listen: str, own: str) -> None:
    assert Site(listen, 80, "", "").own_address == own
