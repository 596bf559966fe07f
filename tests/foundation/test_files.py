"""Files kept encrypted, in pieces, inside the transaction."""

import os
import tracemalloc

import pytest
from django.db import connection

from yinuo.foundation import clock
from yinuo.foundation.errors import Missing
from yinuo.foundation.files import PIECE_BYTES, keep_file, read_file, read_pieces
from yinuo.foundation.ids import new_id
from yinuo.foundation.keyfile import KeyUnusable
from yinuo.foundation.models import FilePiece
from yinuo.foundation.work import work

pytestmark = pytest.mark.django_db


def keep(content: bytes):
    with work():
        return keep_file(content, content_type="text/plain", now=clock.now())


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 7])
def test_a_file_comes_back_as_it_was(size):
    content = os.urandom(size)
    file = keep(content)
    assert read_file(file.id) == content
    assert file.size == size
    assert FilePiece.objects.filter(file_id=file.id).count() == -(-size // PIECE_BYTES)


def test_the_database_shows_nothing_of_it():
    file = keep("张女士的合同，电话 13812345678".encode() * 100)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM foundation_file_piece WHERE file_id = %s", [file.id])
        raw = bytes(cursor.fetchone()[0])
    assert b"13812345678" not in raw and "张女士".encode() not in raw


def test_equal_content_has_an_equal_digest_that_is_no_plain_hash():
    one, other = keep(b"the same"), keep(b"the same")
    assert bytes(one.digest) == bytes(other.digest) != bytes(keep(b"another").digest)
    from hashlib import sha256

    assert bytes(one.digest) != sha256(b"the same").digest()


@pytest.mark.parametrize("swap", ["within", "between"])
def test_pieces_in_another_place_are_refused(swap):
    file, second = keep(os.urandom(PIECE_BYTES * 2)), keep(os.urandom(PIECE_BYTES * 2))
    first = FilePiece.objects.get(file_id=file.id, number=0)
    other = FilePiece.objects.get(file_id=file.id if swap == "within" else second.id, number=int(swap == "within"))
    FilePiece.objects.filter(file_id=first.file_id, number=first.number).update(sealed=other.sealed)
    with pytest.raises(KeyUnusable):
        read_file(file.id)


def test_a_large_file_is_not_held_whole_while_it_is_read():
    file = keep(os.urandom(40 * PIECE_BYTES))
    tracemalloc.start()
    try:
        size = sum(len(piece) for piece in read_pieces(file.id))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == 40 * PIECE_BYTES
    assert peak < size / 2


def test_a_file_that_is_not_there_is_missing():
    with pytest.raises(Missing):
        read_file(new_id())
