"""Examples of templates, scripts, styles, texts, docs and lock files."""

from tests.checks.model import Example, one

PAGE = "src/yinuo/web/console/templates/console/a.html"
TICKET = "src/yinuo/web/console/templates/console/tickets/a.html"
ROWS = "src/yinuo/web/console/templates/console/rows.html"
SCRIPT = "src/yinuo/web/assets/js/a.js"
STYLE = "src/yinuo/web/assets/css/_a.scss"
STRINGS = "src/yinuo/web/assets/js/strings.js"
PO = "src/yinuo/locale/zh_Hans/parts/a.po"
VIEW = "src/yinuo/web/console/views/a.py"
GETTEXT = "from django.utils.translation import gettext as _\n\n"


def _po(msgid: str, said: str) -> str:
    return f'msgid "{msgid}"\nmsgstr "{said}"\n'


BAD_PAGES = [
    one("pages-are-strict", "a script", PAGE, "<script>alert(1)</script>", "inline script"),
    one("pages-are-strict", "a style", PAGE, '<p style="color: red">', "style="),
    one("pages-are-strict", "a handler", PAGE, '<p onclick="go()">', "inline handler"),
    one("pages-are-strict", "unescaped", PAGE, "{{ text|safe }}", "unescaped"),
    one("pages-are-strict", "from outside", PAGE, '<script src="https://cdn.example.com/a.js"></script>', "from outside"),
    one("forms-carry-csrf", "no token", PAGE, '<form method="post" action="/a"><button>a</button></form>', "csrf_token"),
    one(
        "ticket-forms-name-their-ticket", "no version", TICKET,
        '<form method="post">{% csrf_token %}<input name="ticket" value="1"></form>', "without version",
    ),
    one(
        "ticket-forms-name-their-ticket", "no ticket", TICKET,
        '<form method="post">{% csrf_token %}{{ form.version }}</form>', "without ticket",
    ),
    one("rows-are-flat", "a link", ROWS, "{% for row in rows %}{% url 'ticket' row.id %}{% endfor %}", "url in a row"),
    one("rows-are-flat", "a filter", ROWS, "{% for row in rows %}{{ row.at|date:'H:i' }}{% endfor %}", "|date in a row"),
    one("rows-are-flat", "a piece", ROWS, "{% for row in rows %}{% include 'icon.html' %}{% endfor %}", "include in a row"),
    one("requests-say-where", "no swap", PAGE, '<p hx-get="/a" hx-target="#b">', "without hx-swap"),
    one(
        "templates-say-their-context", "no comment", "src/yinuo/web/components/templates/components/a.html", "<p></p>",
        "say in a comment",
    ),
    one("screens-say-by-gettext", "English", PAGE, "<p>Save everything</p>", "Save everything"),
    one("screens-say-by-gettext", "Chinese", PAGE, "<p>保存</p>", "保存"),
    one("screens-say-by-gettext", "an attribute", PAGE, '<button aria-label="Close this">×</button>', "Close this"),
    one("screens-say-by-gettext", "Chinese in Python", VIEW, 'x = "保存"\n', "Chinese in Python"),
    one("chinese-is-complete", "a template", PAGE, '{% load i18n %}{% translate "Save" %}', "no Chinese for 'Save'"),
    one(
        "chinese-is-complete", "a block with blanks", PAGE,
        "{% load i18n %}{% blocktranslate with n=a trimmed %}\n  Take {{ n }}\n{% endblocktranslate %}",
        "no Chinese for 'Take %(n)s'",
    ),
    one("chinese-is-complete", "an argument", PAGE, '{% include "a.html" with title=_("Nothing yet") %}', "'Nothing yet'"),
    one("chinese-is-complete", "Python", VIEW, f'{GETTEXT}x = _("Take it")\n', "no Chinese for 'Take it'"),
    Example(
        "chinese-is-complete", "another context",
        {
            VIEW: 'from django.utils.translation import pgettext\n\nx = pgettext("tea", "Green")\n',
            PO: _po("Green", "绿色"),
        },
        "(context 'tea')",
    ),
    one("chinese-is-chinese", "a leftover", PO, _po("Save the file", "保存 file"), "English leftover: file"),
    one("chinese-is-chinese", "not translated", PO, _po("Save", "Save"), "not Chinese"),
    one("chinese-is-chinese", "a blank lost", PO, _po("Take {number}", "领取"), "other blanks"),
    one("chinese-is-chinese", "half-width", PO, _po("Saved, thanks", "已保存,谢谢"), "half-width ,"),
    one("translations-are-used", "said nowhere", PO, _po("Save", "保存"), "said nowhere"),
    one("scripts-run-no-text", "eval", SCRIPT, "eval(text);\n", "eval runs text"),
    one("scripts-run-no-text", "HTML of a value", SCRIPT, "box.innerHTML = answer;\n", "HTML from a value"),
    one("scripts-run-no-text", "HTML with a value", SCRIPT, "box.innerHTML = `<b>${name}</b>`;\n", "HTML from a value"),
    one("scripts-run-no-text", "outside", SCRIPT, 'import "https://example.com/a.js";\n', "from outside"),
    one("colours-in-tokens", "a hex", STYLE, ".a { color: #c00; }\n", "colour #c00"),
    one("colours-in-tokens", "a function", STYLE, ".a { border: 1px solid rgba(0, 0, 0, 0.1); }\n", "colour rgba("),
    one("colours-in-tokens", "a name", STYLE, ".a { background: white; }\n", "colour white"),
    one("colours-in-tokens", "outside", STYLE, '@import "https://fonts.example.com/a.css";\n', "from outside"),
    one(
        "script-languages-agree", "a sentence missing", STRINGS,
        'const chinese = {\n  left: "剩",\n  over: "超时",\n};\nconst english = {\n  left: "left",\n};\n',
        "over is missing in english",
    ),
    one(
        "script-languages-agree", "a blank missing", STRINGS,
        'const chinese = {\n  left: "剩 {span}",\n};\nconst english = {\n  left: "left",\n};\n', "left has other blanks",
    ),
    one("locks-have-hashes", "no hash", "requirements/run.txt", "django==5.2\n    # via nothing\n", "django has no hash"),
    one("locks-have-hashes", "not pinned", "requirements/run.txt", "django>=5\n", "not pinned"),
    one(
        "locks-have-hashes", "an address", "requirements/run.txt",
        "--index-url https://example.com\ndjango==5.2 \\\n    --hash=sha256:aa\n", "address",
    ),
    one("locks-have-hashes", "npm", "package-lock.json", '{"packages": {"node_modules/a": {"version": "1"}}}', "no integrity"),
    one(
        "locks-have-hashes", "npm's address", "package-lock.json",
        '{"packages": {"node_modules/a": {"integrity": "sha512-a", "resolved": "https://example.com/a"}}}', "has an address",
    ),
    one("links-resolve", "a file", "docs/a.md", "See [there](b.md).\n", "b.md is not there"),
    one("links-resolve", "a heading", "docs/a.md", "# One\n\nSee [two](#two).\n", "no heading #two"),
    one("commands-exist", "a command", "docs/a.md", "Run `yinuo fly`.\n", "yinuo fly: no such command"),
    one("commands-exist", "an option", "docs/a.md", "```\nyinuo up --speed 3\n```\n", "no option --speed"),
    one("commands-exist", "a target", "README.md", "```sh\nmake everything\n```\n", "make everything: no such target"),
    one("decisions-have-headings", "a heading", "docs/adr/0001-a.md", "# A\n\n## Status\n\nTaken.\n", "Revisit when"),
]  # fmt: skip

GOOD_PAGES = [
    one("pages-are-strict", "a file of our own", PAGE, ['<script src="{% static \'a.js\' %}"></script>', ' href="https://example.com">'][0]),
    one("forms-carry-csrf", "a token, a search", PAGE, '<form method="post">{% csrf_token %}</form><form method="get"></form>'),
    Example(
        "ticket-forms-name-their-ticket", "an input elsewhere",
        {
            TICKET: '<form id="reply" method="post">{% csrf_token %}<input name="ticket" value="1"></form>',
            TICKET.replace("a.html", "b.html"): '<input type="hidden" form="reply" name="version" value="2">',
        },
    ),
    one("rows-are-flat", "what is said once", ROWS, "{% for row in rows %}{{ row.url }}{% empty %}{% url 'a' %}{% endfor %}{% url 'b' %}"),
    one(
        "screens-say-by-gettext", "translated", PAGE,
        '{% load i18n %}{# a comment #}<p title="{% translate \'Save\' %}">{% translate "Save" %} · {{ a }} <kbd>Ctrl</kbd></p>'
        "{% if a %}<textarea id=\"{{ b }}\"{% else %}<input name=\"{{ c }}\"{% endif %}>",
    ),
    Example(
        "chinese-is-complete", "said in Chinese",
        {PAGE: '{% load i18n %}{% translate "Save" %}', PO: _po("Save", "保存")},
    ),
    one("chinese-is-chinese", "words that stay", PO, _po("The IMAP server of %(host)s", "%(host)s 的 IMAP 服务器")),
    one("scripts-run-no-text", "text", SCRIPT, 'box.textContent = answer; // never eval(x)\nbox.innerHTML = "";\n'),
    one("colours-in-tokens", "a token", STYLE, ".a { color: var(--text-white); background: url(#b); } #add { top: 0; }\n"),
    one("colours-in-tokens", "the tokens", "src/yinuo/web/assets/css/_tokens.scss", ":root { --text: #111; }\n"),
    one("locks-have-hashes", "pinned", "requirements/run.txt", "django==5.2 \\\n    --hash=sha256:aa\n    # via -r run.in\n"),
    one("links-resolve", "there", "docs/a.md", "# One thing\n\n[here](#one-thing), [make](../Makefile), [web](https://example.com)\n"),
    one("commands-exist", "there", "docs/a.md", "`yinuo up --port 1` and `make run PORT=9000`; the database yinuo holds it.\n"),
]  # fmt: skip
