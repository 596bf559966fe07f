"""HTML of mails, made safe to show. It is served under a sandboxing policy all the same (DESIGN section 7)."""

import re
from collections.abc import Mapping

import nh3

from yinuo.domain.intake.html import MAX_HTML

_TAGS = frozenset(
    [
        "a",
        "abbr",
        "address",
        "article",
        "b",
        "bdi",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "main",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "valign", "dir", "lang", "title", "width", "height", "bgcolor", "style"},
    "a": {"href"},
    "img": {"src", "alt", "border"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "col": {"span"},
}
_STYLES = frozenset(
    [
        "color",
        "background-color",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "line-height",
        "text-align",
        "text-decoration",
        "text-indent",
        "vertical-align",
        "white-space",
        "margin",
        "margin-left",
        "margin-right",
        "margin-top",
        "margin-bottom",
        "padding",
        "padding-left",
        "padding-right",
        "padding-top",
        "padding-bottom",
        "border",
        "border-left",
        "border-right",
        "border-top",
        "border-bottom",
        "border-collapse",
        "border-color",
        "border-style",
        "border-width",
        "width",
        "height",
        "list-style-type",
    ]
)
_EMBEDDED_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]+", re.IGNORECASE)


def safe_html(html: str, cid_map: Mapping[str, str]) -> str:
    """`html` without anything that runs, loads, or leaves its place.

    `cid_map` gives the address of each embedded picture by its Content-ID (without angle brackets).
    Pictures from elsewhere lose their address (they report that a mail was opened) and keep it as
    a note in `alt`; links open in a new window and tell nothing about where they came from.
    """
    known = {key.strip("<>").lower(): value for key, value in cid_map.items()}

    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            target = value.strip()
            if target.lower().startswith("cid:"):
                return known.get(target[4:].strip("<>").lower())
            return target if _EMBEDDED_IMAGE.fullmatch(target) else None
        if tag == "a" and name == "href":
            return value if value.strip().lower().startswith(("http://", "https://", "mailto:", "tel:")) else None
        if name == "style" and "url(" in value.lower().replace(" ", ""):
            return None
        return value

    # nh3 drops `cid:` before the filter sees it unless the scheme is allowed; the filter replaces it.
    return nh3.clean(
        html[:MAX_HTML],
        tags=set(_TAGS),
        clean_content_tags={
            "script",
            "style",
            "title",
            "noscript",
            "template",
            "iframe",
            "object",
            "svg",
            "math",
        },
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        filter_style_properties=set(_STYLES),
    )
