"""A file brought in: a draft is made of it, with everything that is wrong named on its page."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.foundation.clock import now
from yinuo.foundation.errors import YinuoError
from yinuo.procedures.errors import DefinitionUnreadable
from yinuo.procedures.importing import read_file
from yinuo.procedures.services import open_procedure_draft
from yinuo.staff.rights import Right
from yinuo.web.console.views.base import done, requires, viewer
from yinuo.web.console.views.settings.procedures.base import procedures_page


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of a procedure"),
        help_text=gettext_lazy(
            "YAML as “Save as a file” writes it, 256 KB at most; or BPMN 2.0 of a drawing tool, 2 MB at most: what "
            "cannot be read of it is named in the draft."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml,.bpmn,.xml"}),
    )  # fmt: skip


@requires(Right.EDIT_PROCEDURES)
def bring_in(request: HttpRequest) -> HttpResponse:
    """Nothing counts of what is brought in before somebody else has reviewed and published it."""
    form = ImportForm(request.POST or None, request.FILES or None)
    failed = 0
    if request.method == "POST":
        failed = 422
        if form.is_valid():
            try:
                body = read_file(form.cleaned_data["file"].read())
                code = str(body.get("key", ""))
                open_procedure_draft(code=code, body=body, by=viewer(request).actor, now=now())
            except YinuoError as error:
                form.add_error("file" if isinstance(error, DefinitionUnreadable) else None, str(error))
                failed = error.status
            else:
                sentence = _("A draft has been made of the file. What is wrong with it is named there.")
                return done(request, sentence, "settings_procedure_draft", code)
    return procedures_page(request, "import", {"form": form}, status=failed or 200)
