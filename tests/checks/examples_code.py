"""Examples of Python."""

from tests.checks.model import Example, one

QUERIES = "src/yinuo/tickets/queries.py"
SERVICES = "src/yinuo/tickets/services.py"
MODELS = "src/yinuo/tickets/models.py"
EVENTS = "src/yinuo/sla/events.py"
WIRING = "src/yinuo/config/wiring.py"
WEB = "src/yinuo/web/console/views/tickets.py"

FACT_HEAD = "from dataclasses import dataclass\nfrom yinuo.foundation.events import Fact\n\n\n"
SERVICE_HEAD = "from yinuo.foundation.events import record\nfrom yinuo.foundation.work import service\n\n\n"
WIRING_HEAD = "from yinuo.tickets import events as tickets\n\n"
REACTS = "def on_opened(event):\n    return event\n"

BAD_CODE = [
    one("file-size", "a long file", QUERIES, "x = 1\n" * 451, "451 lines"),
    one("machine-places", "a path", QUERIES, "HERE = '/home/me/project'\n", "path of a machine"),
    one("machine-places", "a registry", "docs/a.md", "From https://registry." + "npmjs.org/x\n", "registry"),
    one("machine-places", "a secret", "deploy.toml", "-----BEGIN RSA PRIVATE KEY-----\n", "secret"),
    one("silenced-with-reason", "no reason", QUERIES, "x = 1  # noqa: S608\n", "without reason"),
    one("silenced-with-reason", "no code", QUERIES, "x = 1  # noqa\n", "without codes"),
    one("no-licence-header", "a header", QUERIES, "# Copyright 2026 Somebody\n", "header"),
    one("one-clock", "datetime.now", QUERIES, "import datetime\n\nx = datetime.datetime.now()\n", "ask foundation.clock"),
    one("one-clock", "Django's clock", QUERIES, "from django.utils import timezone\n\nx = timezone.now()\n", "timezone.now"),
    one("one-clock", "time.time", QUERIES, "import time\n\nx = time.time()\n", "time.time"),
    one("one-clock", "auto_now", MODELS, "at = models.DateTimeField(auto_now_add=True)\n", "auto_now_add"),
    one("one-clock", "now() in SQL", QUERIES, 'x = "SELECT 1 WHERE due_at < now()"\n', "in SQL"),
    one("one-clock", "CURRENT_TIMESTAMP", QUERIES, 'x = f"UPDATE {1} SET at = CURRENT_TIMESTAMP"\n', "in SQL"),
    one("one-clock", "a scheduled job", QUERIES, "configure(schedule_at=1)\n", "schedule_at"),
    one("names-of-times", "an instant", MODELS, "class A:\n    opened = models.DateTimeField()\n", "opened is a DateTimeField"),
    one("names-of-times", "a date", MODELS, "class A:\n    due_at = models.DateField()\n", "end it in _on"),
    one("names-say-something", "a module", "src/yinuo/tickets/utils.py", "x = 1\n", "called utils"),
    one("names-say-something", "a function", QUERIES, "def process_ticket():\n    pass\n", "process_ticket"),
    one("names-say-something", "a class", QUERIES, "class TicketManager:\n    pass\n", "TicketManager"),
    one("parts-of-rooms", "subscribers", SERVICES, "from yinuo.sla.subscribers import on_due\n", "another room"),
    one("no-safety-off", "unverified", QUERIES, "get('https://a', verify=False)\n", "verify=False"),
    one("no-safety-off", "debug", "src/yinuo/config/settings.py", "DEBUG = True\n", "DEBUG = True"),
    one("no-safety-off", "certificates", QUERIES, "import ssl\n\nx.verify_mode = ssl.CERT_NONE\n", "CERT_NONE"),
    one("no-safety-off", "a host name", QUERIES, "context.check_hostname = False\n", "check_hostname"),
    one(
        "no-safety-off", "csrf", WEB,
        "from django.views.decorators.csrf import csrf_exempt\n\n\n@csrf_exempt\ndef a(request):\n    pass\n", "csrf_exempt",
    ),
    one(
        "no-safety-off", "mark_safe", WEB, "from django.utils.safestring import mark_safe\n\nx = mark_safe('a')\n",
        "format_html",
    ),
    one("no-safety-off", "pickle", QUERIES, "import pickle\n\nx = pickle.loads(b'')\n", "pickles run code"),
    one("no-safety-off", "every host", "src/yinuo/config/settings.py", "ALLOWED_HOSTS = ['*']\n", "ALLOWED_HOSTS"),
    one("no-signals", "a receiver", MODELS, "from django.db.models.signals import post_save\n", "who reacts"),
    one("no-signals", "a signal", QUERIES, "from django.dispatch import Signal\n", "who reacts"),
    one("no-own-save", "save", MODELS, "class A(Model):\n    def save(self):\n        pass\n", "A.save"),
    one("jobs-by-later", "defer", SERVICES, "task.defer(id=1)\n", "foundation.jobs.later"),
    one("jobs-by-later", "app.task", SERVICES, "@app.task(name='a')\ndef a():\n    pass\n", "app.task"),
    one("imports-on-top", "an import", QUERIES, "def a():\n    import os  # noqa: PLC0415 - because\n", "inside a function"),
    one("domain-is-pure", "a file", "src/yinuo/domain/a.py", "def a():\n    return open('x')\n", "open()"),
    one("domain-is-pure", "network", "src/yinuo/domain/a.py", "from urllib.request import urlopen\n", "network"),
    one("domain-is-pure", "state", "src/yinuo/domain/a.py", "def a():\n    global b\n    b = 1\n", "global b"),
    one("writes-in-services", "save", QUERIES, "def a(row):\n    row.save(update_fields=['a'])\n", ".save("),
    one("writes-in-services", "create", QUERIES, "Ticket.objects.create(a=1)\n", ".create("),
    one("writes-in-services", "update", QUERIES, "Ticket.objects.filter(a=1).update(b=2)\n", ".update("),
    one("writes-in-services", "delete", "src/yinuo/tickets/jobs.py", "rows.filter(a=1).delete()\n", ".delete("),
    one("writes-in-services", "raw", QUERIES, 'run(f"INSERT INTO {table} VALUES (1)")\n', "INSERT INTO"),
    one(
        "services-own-transactions", "no service", SERVICES, "def open_it(*, by, now):\n    Ticket.objects.create(a=1)\n",
        "is no @service",
    ),
    one(
        "services-own-transactions", "by position", SERVICES,
        f"{SERVICE_HEAD}@service\ndef open_it(ticket, *, by, now):\n    record(1, by=by, at=now, subject=ticket)\n",
        "by position",
    ),
    one(
        "services-know-who-and-when", "no fact", SERVICES,
        f"{SERVICE_HEAD}@service\ndef open_it(*, by, now):\n    Ticket.objects.create(at=now)\n", "records no fact",
    ),
    one(
        "services-know-who-and-when", "by nobody", SERVICES,
        f"{SERVICE_HEAD}@service\ndef open_it(*, now):\n    record(1, by=None, at=now, subject=1)\n", "(`by`)",
    ),
    one(
        "services-know-who-and-when", "at no time", SERVICES,
        f"{SERVICE_HEAD}@service\ndef open_it(*, by):\n    record(1, by=by, at=None, subject=1)\n", "(`now` or `at`)",
    ),
    one(
        "services-ask-no-clock", "the clock", SERVICES,
        "from yinuo.foundation import clock\n\n\ndef _a():\n    return clock.now()\n", "asks the clock",
    ),
    one("transactions-by-work", "atomic", QUERIES, "with transaction.atomic():\n    pass\n", "atomic outside"),
    one("faces-without-orm", "a manager", WEB, "x = Ticket.objects.get(id=1)\n", ".objects"),
    one("faces-without-orm", "a related set", WEB, "x = ticket.message_set\n", ".message_set"),
    one("faces-without-orm", "a queryset", WEB, "x = ticket.messages.filter(a=1)\n", ".filter"),
    one("faces-without-orm", "a connection", WEB, "from django.db import connection\n", "connection"),
    one("faces-without-orm", "a finder", WEB, "from django.shortcuts import get_object_or_404\n", "get_object_or_404"),
    one("faces-without-orm", "a write", "src/yinuo/api/v1.py", "form.save()\n", ".save("),
    one(
        "facts-hold-no-person", "a name", EVENTS, f"{FACT_HEAD}@dataclass(frozen=True)\nclass A(Fact):\n    name: str\n",
        "A.name",
    ),
    one(
        "facts-hold-no-person", "an address", EVENTS,
        f"{FACT_HEAD}@dataclass(frozen=True)\nclass A(Fact):\n    reply_address: str\n", "A.reply_address",
    ),
    one("facts-are-plain", "not frozen", EVENTS, f"{FACT_HEAD}@dataclass\nclass A(Fact):\n    a: int\n", "no frozen"),
    one(
        "facts-are-plain", "a row", EVENTS, f"{FACT_HEAD}@dataclass(frozen=True)\nclass A(Fact):\n    a: Ticket\n",
        "Ticket is no plain type",
    ),
    one(
        "facts-are-plain", "elsewhere", SERVICES,
        f"{FACT_HEAD}@dataclass(frozen=True)\nclass A(Fact):\n    a: int\n", "outside of events.py",
    ),
    one(
        "wiring-resolves", "no such fact", WIRING,
        f"{WIRING_HEAD}AT_ONCE = {{tickets.TicketLost: ()}}\nAFTERWARDS = {{}}\n", "TicketLost is no Fact",
    ),
    one(
        "wiring-resolves", "no such function", WIRING,
        f'{WIRING_HEAD}AT_ONCE = {{}}\nAFTERWARDS = {{tickets.TicketOpened: ("yinuo.sla.subscribers.on_lost",)}}\n',
        "there is no such function",
    ),
    Example(
        "wiring-resolves", "two arguments",
        {
            WIRING: f'{WIRING_HEAD}AT_ONCE = {{}}\nAFTERWARDS = {{tickets.TicketOpened: ("yinuo.sla.subscribers.on_a",)}}\n',
            "src/yinuo/sla/subscribers.py": "def on_a(event, more):\n    pass\n",
        },
        "the one recorded fact",
    ),
    Example(
        "at-once-is-rows-only", "a server behind another module",
        {
            WIRING: f'{WIRING_HEAD}AT_ONCE = {{tickets.TicketOpened: ("yinuo.sla.subscribers.on_opened",)}}\nAFTERWARDS = {{}}\n',
            "src/yinuo/sla/subscribers.py": f"from yinuo.sla.services import tell\n\n\n{REACTS}",
            "src/yinuo/sla/services.py": "import smtplib\n\ntell = smtplib.SMTP\n",
        },
        "leads to smtplib",
    ),
    one(
        "timed-jobs-in-schedule", "a timed job", "src/yinuo/sla/jobs.py",
        "from yinuo.foundation.jobs import every\n\nevery('* * * * *', 1)\n", "config/schedule.py",
    ),
    one("texts-are-constants", "put together", WEB, "from django.utils.translation import gettext as _\n\nx = _(f'a {b}')\n", "put together"),
    one("texts-are-constants", "Chinese", WEB, "from django.utils.translation import gettext as _\n\nx = _('好')\n", "is Chinese"),
    one("requirements-have-form", "no area", QUERIES, '"""As R-XX-2 says."""\n', "R-XX-2 is no requirement"),
]  # fmt: skip

GOOD_CODE = [
    one("machine-places", "paths of the project", "docs/a.md", "In `docs/`, `src/home/a`, https://example.com/home/a\n"),
    one("silenced-with-reason", "a reason", QUERIES, "x = 1  # noqa: S608 - the name is checked above\n"),
    one("one-clock", "the clock, lengths of time", QUERIES, "import time\n\nx = now()\ny = time.monotonic()\nz = 'now() is said'\n"),
    one("names-of-times", "names", MODELS, "class A:\n    at = models.DateTimeField()\n    due_on = models.DateField()\n"),
    one("names-say-something", "a folder", QUERIES, "def data_folder():\n    pass\n\n\ndef _process_row():\n    pass\n"),
    one("no-safety-off", "switched on", QUERIES, "get('https://a', verify=True)\ncontext.check_hostname = True\n"),
    one("writes-in-services", "mappings and digests", QUERIES, "found.update(more)\ndigest.update(b'a')\nattrs.update(a=1)\nstorage.delete(name)\n"),
    one(
        "services-know-who-and-when", "by what it calls", SERVICES,
        f"{SERVICE_HEAD}@service\ndef open_it(*, by, now):\n    _open(by, now)\n\n\n"
        "def _open(by, now):\n    _TABLE['a'](by, now)\n\n\n"
        "def _do(by, now):\n    record(1, by=by, at=now, subject=1)\n\n\n_TABLE = {'a': _do}\n",
    ),
    one(
        "services-know-who-and-when", "by the system alone", SERVICES,
        f"from yinuo.foundation.actors import Actor\n{SERVICE_HEAD}DESK = Actor.system('desk')\n\n\n"
        "@service\ndef open_it(*, now):\n    record(1, by=DESK, at=now, subject=1)\n",
    ),
    one("faces-without-orm", "errors", WEB, "from django.db import DatabaseError\n"),
    one("wiring-resolves", "names that are there", WIRING, f"{WIRING_HEAD}AT_ONCE = {{tickets.TicketOpened: ()}}\nAFTERWARDS = {{}}\n"),
    one("requirements-have-form", "numbers", QUERIES, '"""As R-AS-2 and R-CP-10 say."""\n'),
]  # fmt: skip
