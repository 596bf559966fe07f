"""The look of all pages: base templates and the pieces that they are built from."""

from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    name = "yinuo.web.components"
    label = "components"
