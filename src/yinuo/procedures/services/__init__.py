"""Moving tickets through procedures. `open_ticket` is the only door to a new ticket."""

from yinuo.procedures.services.moving import happen, press_button, reclassify, skip_step
from yinuo.procedures.services.opening import FirstMessage, open_ticket
from yinuo.procedures.services.publishing import publish_handbook, publish_procedure

__all__ = [
    "FirstMessage",
    "happen",
    "open_ticket",
    "press_button",
    "publish_handbook",
    "publish_procedure",
    "reclassify",
    "skip_step",
]
