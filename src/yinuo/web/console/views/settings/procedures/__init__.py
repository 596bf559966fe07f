"""Procedures: what is in force and earlier versions, the draft with its steps, review, trying out, files."""
