"""The addresses of the API."""

from django.urls import path

from yinuo.api.v1 import api, openapi

urlpatterns = [path("v1/openapi.json", openapi, name="api_openapi"), path("v1/", api.urls)]
