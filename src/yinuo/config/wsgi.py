"""Pages and API."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yinuo.config.settings")
django.setup(set_prefix=False)

from yinuo.web.request import Utf8Request  # noqa: E402 - settings first


class Handler(WSGIHandler):
    request_class = Utf8Request


application = Handler()
