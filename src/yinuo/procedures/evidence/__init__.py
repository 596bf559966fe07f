"""The evidence file of one ticket: what happened, by which versions, with which deadlines; provable without us."""
