"""What becomes of DATABASE_URL."""

import pytest

from yinuo.config.settings import ON_THE_NETWORK, database_from_url


def test_a_socket_needs_nothing_but_its_folder() -> None:
    entry = database_from_url("postgresql://yinuo:p%40ss@/desk?host=/run/pg")
    assert (entry["NAME"], entry["USER"], entry["PASSWORD"]) == ("desk", "yinuo", "p@ss")
    assert (entry["HOST"], entry["PORT"]) == ("/run/pg", "")
    assert not set(entry["OPTIONS"]) & {*ON_THE_NETWORK, "target_session_attrs"}


def test_over_a_network_either_end_notices_that_the_other_is_gone() -> None:
    entry = database_from_url("postgresql://yinuo@db.example.cn:6432/desk?sslmode=require&connect_timeout=9")
    assert (entry["HOST"], entry["PORT"]) == ("db.example.cn", "6432")
    assert entry["OPTIONS"].items() >= (ON_THE_NETWORK | {"connect_timeout": "9", "sslmode": "require"}).items()
    assert "target_session_attrs" not in entry["OPTIONS"]


def test_options_of_ones_own_come_after_ours() -> None:
    entry = database_from_url("postgresql://yinuo@db/desk?options=-c%20statement_timeout%3D60s")
    assert entry["OPTIONS"]["options"] == f"{ON_THE_NETWORK['options']} -c statement_timeout=60s"


def test_of_several_servers_the_one_that_may_be_written_to_is_used() -> None:
    entry = database_from_url("postgresql://yinuo@one:5432,two:5433/desk")
    assert (entry["HOST"], entry["PORT"]) == ("one,two", "5432,5433")
    assert entry["OPTIONS"]["target_session_attrs"] == "read-write"
    told = database_from_url("postgresql://yinuo@one,two/desk?target_session_attrs=any")
    assert told["OPTIONS"]["target_session_attrs"] == "any"


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://yinuo@db", "postgresql://yinuo@db/desk?nonsense=1"])
def test_what_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        database_from_url(url)
