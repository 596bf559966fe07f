"""What can be wrong with a business calendar, or with a question put to one."""

from __future__ import annotations


class CalendarError(ValueError):
    """A calendar's description, or a question to it, is not valid.

    `code` is stable and is what screens translate; `path` names the place (`hours.mon[1]`), empty for a
    question; the text is plain English.
    """

    def __init__(self, code: str, text: str, path: str = "") -> None:
        super().__init__(f"{path}: {text}" if path else text)
        self.code = code
        self.path = path
        self.text = text


class NeverOpenError(CalendarError):
    """The calendar has no opening, or none left on that side of the instant asked about."""

    def __init__(self, text: str) -> None:
        super().__init__("never_open", text)
