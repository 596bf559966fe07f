"""`python -m bench.peers.project.session`: prints a session key of the one agent, as a log-in leaves it."""

import django
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore


def main() -> None:
    django.setup()
    user = get_user_model().objects.get(username="agent")
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    print(store.session_key)


if __name__ == "__main__":
    main()
