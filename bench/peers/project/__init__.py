"""A project around django-helpdesk; loaded by the interpreter of its own environment only."""
