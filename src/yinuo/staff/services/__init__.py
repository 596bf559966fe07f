"""Changing who works here, how the house is put together, and telling people things."""

from yinuo.staff.services.accounts import (
    change_account,
    change_company,
    change_own_settings,
    make_account,
    set_password,
    set_presence,
    set_up_company,
)
from yinuo.staff.services.notices import Happening, mark_notices_read, notify, notify_together
from yinuo.staff.services.shifts import plan_shifts
from yinuo.staff.services.structure import bring_rights, remove_structure, save_rights, save_structure

__all__ = [
    "Happening",
    "bring_rights",
    "change_account",
    "change_company",
    "change_own_settings",
    "make_account",
    "mark_notices_read",
    "notify",
    "notify_together",
    "plan_shifts",
    "remove_structure",
    "save_rights",
    "save_structure",
    "set_password",
    "set_presence",
    "set_up_company",
]
