"""The forms in which a draft of a procedure is written: each makes one entry of a list, from its JSON and back."""

from yinuo.web.console.procedure_forms.acts import ActionForm, ButtonForm, OnForm
from yinuo.web.console.procedure_forms.ground import Desk, PartForm
from yinuo.web.console.procedure_forms.parts import (
    ArrowForm,
    DocumentForm,
    EndForm,
    FieldForm,
    GuardForm,
    LimitForm,
    ScriptForm,
    TaskForm,
    TextForm,
)
from yinuo.web.console.procedure_forms.whole import NewStepForm, StepForm, WholeForm

FORMS: dict[str, type[PartForm]] = {
    "fields": FieldForm,
    "facts": FieldForm,
    "outcomes": ButtonForm,
    "next": ArrowForm,
    "limits": LimitForm,
    "guards": GuardForm,
    "scripts": ScriptForm,
    "must": TextForm,
    "never": TextForm,
    "documents": DocumentForm,
    "tasks": TaskForm,
    "on_start": ActionForm,
    "on_finish": ActionForm,
    "on": OnForm,
    "ends": EndForm,
}

__all__ = ["FORMS", "Desk", "NewStepForm", "PartForm", "StepForm", "WholeForm"]
