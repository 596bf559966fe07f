"""The handbook's documents: made from what was filled in on a ticket's steps, kept version by version (R-DO-1)."""
