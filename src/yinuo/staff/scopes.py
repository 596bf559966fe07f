"""What a token may do. Which tickets it may do it with follows from its queues."""

from enum import StrEnum


class Scope(StrEnum):
    """Codes as tokens store them."""

    CREATE_TICKETS = "tickets:create"
    READ_TICKETS = "tickets:read"
    WRITE_TICKETS = "tickets:write"  # answer and note
    READ_CUSTOMERS = "customers:read"
    READ_PERSONAL = "personal:read"  # unmask, with a reason, recorded
    READ_ORDERS = "orders:read"
    WRITE_ORDERS = "orders:write"
