"""What a command says when it cannot do its work here."""


class Refusal(Exception):
    """A sentence for the person at the terminal: what is wrong and what to do. Ends the command with code 1."""
