"""The evidence of a ticket: provable with nothing but the file, and every tampering named (R-SE-2)."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from tests.procedures.test_story import press
from tests.story import make_company, write_in

from yinuo.config.cli import main
from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, recorded_of
from yinuo.foundation.evidence import Unreadable, check_evidence, read_heads
from yinuo.foundation.files import read_file
from yinuo.foundation.installation import check_installation
from yinuo.foundation.models import HistoryRow, Seal, StoredFile
from yinuo.foundation.proofs import merkle_path, merkle_root, root_by_path
from yinuo.foundation.seals import head_file, seal_history
from yinuo.procedures.errors import ReasonMissing
from yinuo.procedures.evidence.gathering import _without_secrets
from yinuo.procedures.evidence.packing import NotSealedYet, name_of_document, unzipped, zipped
from yinuo.procedures.evidence.words import FACTS
from yinuo.procedures.jobs import gather_evidence, pack_evidence, print_document
from yinuo.procedures.messages import link_to
from yinuo.procedures.models import Document, Evidence
from yinuo.procedures.services import evidence_failed, forget_evidence, take_evidence, want_evidence
from yinuo.procedures.services.evidencing import EvidenceUnderWay
from yinuo.procedures.subscribers import on_document_wanted
from yinuo.tickets.links import token_for
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import reply

# a seal waits for every transaction of the server, those of tests beside it too
alone = pytest.mark.processes


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 100])
def test_every_leaf_leads_to_the_root_by_its_path_and_no_other_does(size):
    leaves = [bytes([n]) * 48 for n in range(size)]
    root = merkle_root(leaves)
    for index, leaf in enumerate(leaves):
        path = merkle_path(leaves, index)
        assert root_by_path(leaf, path) == root
        assert root_by_path(b"x" * 48, path) != root


@pytest.fixture
def made(transactional_db: None, tmp_path: Path) -> Path:
    """The evidence of a ticket with one printed document."""
    check_installation()
    head_file().unlink(missing_ok=True)
    company = make_company()
    ticket = write_in(company)
    press(
        ticket, "accept", "accepted", company.agent, customer_name="张三", contact="13812341234", symptom="不加热",
        problem_type="function_fault", urgency="normal", complexity="normal",
    )  # fmt: skip
    agent = company.agent
    reply(
        ticket=ticket, account_id=agent.id, text=f"进展在这里：{link_to(ticket)}", by=Actor.account(agent.id),
        now=house_clock.now(),
    )  # fmt: skip
    wanted = HistoryRow.objects.filter(ticket_id=ticket.id, kind="procedures.DocumentWanted")
    on_document_wanted([recorded_of(row) for row in wanted])
    for document in Document.objects.all():
        print_document(document_id=str(document.id))
    boss = Actor.account(company.supervisor.id)
    with pytest.raises(ReasonMissing):
        want_evidence(ticket=ticket, account=company.supervisor, reason=" ", by=boss, now=house_clock.now())
    evidence = want_evidence(ticket=ticket, account=company.supervisor, reason="仲裁", by=boss, now=house_clock.now())
    with pytest.raises(EvidenceUnderWay):
        want_evidence(ticket=ticket, account=company.supervisor, reason="再要", by=boss, now=house_clock.now())
    gather_evidence(evidence_id=str(evidence.id))
    with pytest.raises(NotSealedYet):
        pack_evidence(evidence_id=str(evidence.id))
    while seal_history():
        pass
    pack_evidence(evidence_id=str(evidence.id))
    evidence = Evidence.objects.select_related("ticket").get(id=evidence.id)
    take_evidence(evidence=evidence, by=boss, now=house_clock.now())
    assert (evidence.state, evidence.draft_id) == ("done", None)
    path = tmp_path / "evidence.zip"
    path.write_bytes(read_file(evidence.file_id))
    return path


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    other = path.with_name("other.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return other


def changed_json(name: str, change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, bytes]], None]:
    def act(files: dict[str, bytes]) -> None:
        values = json.loads(files[name])
        change(values)
        files[name] = json.dumps(values, ensure_ascii=False).encode()

    return act


def kinds(path: Path, heads: dict[int, str] | None = None) -> list[tuple[str, str]]:
    return [(fault.what, fault.where.split(" ")[0]) for fault in check_evidence(path, heads).faults]


def test_words_are_of_facts_that_exist():
    known = {kind.fact_kind() for kind in _facts(Fact)}
    assert set(FACTS) <= known


def _facts(kind: type[Fact]) -> set[type[Fact]]:
    return {kind}.union(*map(_facts, kind.__subclasses__())) - {Fact}


def test_a_link_quoted_in_a_form_or_a_reason_keeps_its_secret():
    link = f"见 https://desk.example/t/SH202611300001/{'Ab1_' * 5}xy 上次的回复"
    said = _without_secrets({"form": {"content": link, "count": 2}, "reasons": [link]})
    assert said["form"]["count"] == 2
    for text in (said["form"]["content"], *said["reasons"]):
        assert "Ab1_" not in text and "SH202611300001" in text and text.endswith("上次的回复")


@pytest.mark.processes
@alone
def test_evidence_is_whole_proves_itself_and_names_what_was_changed(made, capsys):
    checked = check_evidence(made)
    assert checked.faults == () and checked.rows > 10 and checked.files == 2 and checked.chained
    assert kinds(made, read_heads(head_file())) == []
    with zipfile.ZipFile(made) as archive:
        content = json.loads(archive.read("content.json"))
        pages = pypdf.PdfReader(io.BytesIO(archive.read("summary.pdf"))).pages
    summary = "".join(page.extract_text() for page in pages)
    for words in ("工单证据摘要", content["ticket"]["number"], "林小满", "受理与分类", "首次答复", "时限开始"):
        assert words in summary, words
    assert "其他记录" not in summary, "each fact has words of its own"
    assert {one["what"] for one in content["versions"]} == {"procedure", "policies"}
    mails = [one["text"] for one in content["messages"] if "/t/" in one["text"]]
    assert mails and not any(token_for(Ticket.objects.get()) in text for text in mails)
    assert all(one["sum"] for one in content["deadlines"]) and len(content["deadlines"]) >= 3
    assert content["steps"][0]["form"]["contact"] == "13812341234"

    def row(values: dict[str, Any]) -> None:
        values["rows"][3]["columns"][2] = "2020-01-01T00:00:00+00:00"

    def reasoned(values: dict[str, Any]) -> None:
        (mine,) = [one for one in values["rows"] if "reason" in one["personal"]]
        mine["personal"]["reason"][1] = "别的原因"

    def silenced(values: dict[str, Any]) -> None:
        (mine,) = [one for one in values["rows"] if "reason" in one["personal"]]
        mine["personal"] = {}

    def doubled(values: dict[str, Any]) -> None:
        values["rows"].append(values["rows"][2])

    def dropped(values: dict[str, Any]) -> None:
        del values["rows"][2]

    def seal(values: dict[str, Any]) -> None:
        values["seals"][0]["root"] = "00" * 32

    def due(values: dict[str, Any]) -> None:
        values["deadlines"][0]["due_at"] = "2030-01-01T00:00:00+00:00"

    assert sorted(content["files"]) == ["documents/01-售后问题受理表-第1轮-第1版.pdf", "summary.pdf"]
    document = next(name for name in zipfile.ZipFile(made).namelist() if name.startswith("documents/"))
    assert kinds(rewritten(made, changed_json("proof.json", row))) == [("changed", "record")]
    assert kinds(rewritten(made, changed_json("proof.json", reasoned))) == [("changed", "record")]
    assert kinds(rewritten(made, changed_json("proof.json", silenced))) == [("removed", "record")]
    assert kinds(rewritten(made, changed_json("proof.json", doubled))) == [("inserted", "record")]
    assert kinds(rewritten(made, changed_json("proof.json", dropped))) == [("removed", "record")]
    assert ("seal_changed", "seal") in kinds(rewritten(made, changed_json("proof.json", seal)))
    assert kinds(rewritten(made, changed_json("content.json", due))) == [("changed", "content.json")]
    assert kinds(rewritten(made, lambda files: files.update({document: b"%PDF-other"}))) == [("changed", document)]
    assert kinds(rewritten(made, lambda files: files.pop("summary.pdf") and None)) == [("removed", "summary.pdf")]
    assert kinds(rewritten(made, lambda files: files.update({"x.pdf": b"x"}))) == [("inserted", "x.pdf")]
    strange = dict.fromkeys(read_heads(head_file()), "00" * 32)
    assert {what for what, _where in kinds(made, strange)} == {"seal_unknown"}

    assert main(["audit", "check", str(made)]) == 0
    assert content["ticket"]["number"] in capsys.readouterr().out
    assert main(["audit", "check", str(made), "--seals", str(head_file())]) == 0
    assert main(["audit", "check", str(rewritten(made, changed_json("content.json", due)))]) == 1
    assert "content.json" in capsys.readouterr().out
    assert Seal.objects.count() >= 1


@pytest.mark.django_db
def test_what_was_gathered_for_one_that_never_came_about_is_gone_after_a_week():
    company = make_company()
    ticket, boss, now = write_in(company), Actor.account(company.supervisor.id), house_clock.now()
    evidence = want_evidence(ticket=ticket, account=company.supervisor, reason="仲裁", by=boss, now=now)
    gather_evidence(evidence_id=str(evidence.id))
    draft_id = Evidence.objects.get(id=evidence.id).draft_id
    evidence_failed(evidence_id=evidence.id, now=now)
    assert forget_evidence(now=now + timedelta(days=6)) == 0  # whoever finds out why tries it once more
    assert StoredFile.objects.filter(id=draft_id).exists()
    assert [forget_evidence(now=now + timedelta(days=8)) for _ in range(2)] == [1, 0]
    assert not StoredFile.objects.filter(id=draft_id).exists()
    assert Evidence.objects.get(id=evidence.id).state == "forgotten"
    pack_evidence(evidence_id=str(evidence.id))  # too late


def test_one_made_before_documents_bore_their_titles_still_proves_itself():
    old = Path(__file__).with_name("evidence_of_keys.zip")
    checked = check_evidence(old)
    assert checked.faults == () and checked.files == 2 and checked.chained
    assert main(["audit", "check", str(old)]) == 0


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("售后问题受理表", "03-售后问题受理表-第1轮-第2版.pdf"),
        ("../../etc/passwd", "03-etc-passwd-第1轮-第2版.pdf"),
        ('a\\b:c*d?e"f<g>h|i\n\x00j.', "03-a-b-c-d-e-f-g-h-i-j-第1轮-第2版.pdf"),
        ("..", "03--第1轮-第2版.pdf"),
        ("表" * 500, f"03-{'表' * 60}-第1轮-第2版.pdf"),
    ],
)
def test_a_document_is_named_by_its_title_on_every_system(title, name):
    made = name_of_document(3, title, round=1, version=2, language="zh")
    assert made == f"documents/{name}"
    assert len(name.encode()) < 255
    assert unzipped(zipped({made: b"x"})) == {made: b"x"}


def test_two_of_one_title_have_two_names_and_english_ones_say_so_in_english():
    names = {name_of_document(n, "Visit record", round=1, version=1, language="en") for n in (1, 2)}
    assert names == {f"documents/0{n}-Visit record-round 1-version 1.pdf" for n in (1, 2)}


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"x" * 100])
def test_what_is_no_evidence_file_is_told_in_words(tmp_path, capsys, body):
    path = tmp_path / "x.zip"
    path.write_bytes(body)
    with pytest.raises(Unreadable):
        check_evidence(path)
    assert main(["audit", "check", str(path)]) == 2
    assert str(path) in capsys.readouterr().err
    assert main(["audit", "check", str(tmp_path / "none.zip")]) == 2


def test_a_zip_with_other_things_in_it_is_no_evidence(tmp_path):
    path = tmp_path / "x.zip"
    for files in (
        {"a": b"b"},
        {"content.json": b"{}", "proof.json": b"{}"},
        {"content.json": b"[", "proof.json": b"1"},
    ):
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        with pytest.raises(Unreadable):
            check_evidence(path)
