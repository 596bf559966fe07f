"""Addresses of the order pages."""

from django.urls import URLPattern, path

from yinuo.web.console.views.orders import acts, documents, files, sheet, walks

urlpatterns: list[URLPattern] = [
    path("orders", walks.orders, name="orders"),
    path("orders/new", acts.new_order, name="order_new"),
    path("orders/import", files.import_orders, name="order_import"),
    path("orders/import/sample", files.sample, name="order_sample"),
    path("orders/<str:number>", sheet.order, name="order"),
    path("orders/<str:number>/promises/<uuid:id>", sheet.promise, name="order_promise"),
    path("orders/<str:number>/contract-file", sheet.contract_file, name="order_contract_file"),
    path("orders/<str:number>/documents/<slug:key>", documents.document, name="order_document"),
    path("orders/<str:number>/documents/<slug:key>/file", documents.document_file, name="order_document_file"),
    path("orders/<str:number>/address", acts.show_address, name="order_address"),
    path("orders/<str:number>/milestones/<uuid:id>/<slug:what>", acts.act_on_milestone, name="order_milestone_act"),
    path("orders/<str:number>/exceptions/<uuid:id>/<slug:what>", acts.act_on_exception, name="order_exception_act"),
    path("orders/<str:number>/<slug:what>", acts.act_on_order, name="order_act"),
]
