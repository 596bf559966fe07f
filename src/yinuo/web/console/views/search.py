"""Searching tickets: by number, by a customer's phone or address, by words."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yinuo.domain.redaction import mask_text
from yinuo.domain.textsearch import Snippet
from yinuo.foundation.clock import now
from yinuo.foundation.numbers import is_number
from yinuo.tickets.finding import search
from yinuo.web.addresses import reverse
from yinuo.web.console.rows import Rows
from yinuo.web.console.views.base import login_required, page, viewer, wants_fragment

LONGEST = 200


@login_required
def results(request: HttpRequest) -> HttpResponse:
    """A whole number leads straight to its ticket."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    found = search(text, viewer=viewer(request), after=request.GET.get("after", ""))
    if len(found.hits) == 1 and is_number(text):
        return HttpResponseRedirect(reverse("ticket", args=[found.hits[0].row.number]))
    rows = Rows(now())([hit.row for hit in found.hits], with_steps=False)
    for row, hit in zip(rows, found.hits, strict=True):
        row["marked"] = _marked(hit.snippet) if hit.snippet else []
    context = {"q": text, "rows": rows, "after": found.after}
    if wants_fragment(request) and request.GET.get("part") == "hits":
        return render(request, "console/search_hits.html", context)
    return page(request, "console/search.html", context, here="desk")


def _marked(snippet: Snippet) -> list[tuple[str, bool]]:
    """The found place as pieces, each with whether it is what was looked for."""
    return [(mask_text(piece) if not found else piece, found) for piece, found in pieces(snippet)]


def pieces(snippet: Snippet) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = [("…", False)] if snippet.cut_before else []
    at = 0
    for start, end in snippet.ranges:
        found += [(snippet.text[at:start], False), (snippet.text[start:end], True)]
        at = end
    rest = snippet.text[at:] + ("…" if snippet.cut_after else "")
    return [piece for piece in [*found, (rest, False)] if piece[0]]
