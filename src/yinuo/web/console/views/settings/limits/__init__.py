"""Limits: what is in force, the draft in which it is worked on, earlier versions, the comparison of handbooks."""
