"""Hands the wiring down when the house is up."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules, import_string
from psycopg.types.json import set_json_loads

from yinuo.foundation.jsontext import read

JOB_MODULES = ("yinuo.foundation.afterwards", "yinuo.config.schedule")


class Config(AppConfig):
    name = "yinuo.config"
    label = "config"

    def ready(self) -> None:
        set_json_loads(read)
        autodiscover_modules("jobs")
        for module in JOB_MODULES:
            import_module(module)
        import_string("yinuo.config.wiring.connect_rooms")()
