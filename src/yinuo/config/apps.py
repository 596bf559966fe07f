"""Hands the wiring down when the house is up."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class Config(AppConfig):
    name = "yinuo.config"
    label = "config"

    def ready(self) -> None:
        import_string("yinuo.config.wiring.connect_rooms")()
