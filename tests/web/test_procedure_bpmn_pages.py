"""BPMN out of a version's page and into a draft."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.domain.test_procedure_bpmn import BOMB, STRANGER
from tests.story import make_company
from tests.web.desk import client_of
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.bpmn import read_bpmn
from yinuo.domain.procedure.editing import put_settings
from yinuo.procedures.models import ProcedureDraft
from yinuo.procedures.published import definitions_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(db):
    return client_of(make_company().administrator)


def bring_in(client, content: str):
    file = SimpleUploadedFile("returns.bpmn", content.encode())
    return client.post("/settings/procedures/bring-in", {"file": file})


def test_a_version_goes_out_as_bpmn_and_comes_back_into_a_draft_as_it_was(administrator):
    text = administrator.get("/settings/procedures/after_sales/1/bpmn").content.decode()
    definition = definitions_in_force()["after_sales"]
    assert Definition.from_json(read_bpmn(text).body).steps == definition.steps
    assert bring_in(administrator, text).status_code == 302
    assert Definition.from_json(ProcedureDraft.objects.get(code="after_sales").body).steps == definition.steps


def test_what_could_not_be_read_of_a_strangers_file_is_named_in_the_draft_until_somebody_settles_it(administrator):
    answer = bring_in(administrator, STRANGER)
    draft = ProcedureDraft.objects.get(code="process_1")
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/settings/procedures/process_1")
    step = administrator.get("/settings/procedures/process_1/draft/steps/refund")
    assert "“退款”是自动步骤" in step.content.decode()
    settled = put_settings(draft.body, "refund", {"source": "R-1"})
    assert not Definition.from_json(settled).step_by_key["refund"].open


def test_a_bomb_is_refused_in_words_and_nothing_is_made_of_it(administrator):
    answer = bring_in(administrator, BOMB)
    assert answer.status_code == 422 and "为安全起见" in answer.content.decode()
    assert not ProcedureDraft.objects.exists()
