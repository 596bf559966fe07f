"""Where log-in sessions are kept: Django's table, by our clock, read without the ORM since every request does."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db

from yinuo.foundation.clock import now
from yinuo.foundation.select import select

LONGEST_KEY = 40


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        key = self.session_key or ""
        rows = []
        if 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isalnum():
            rows = select("SELECT session_data, expire_date FROM django_session WHERE session_key = %s", key)
        if not rows or rows[0][1] <= now():
            self._session_key = None
            return {}
        return dict(self.decode(rows[0][0]))

    def get_expiry_date(self, **given: Any) -> datetime:
        given.setdefault("modification", now())
        return super().get_expiry_date(**given)
