"""The operations of version 1."""
