"""What a user would otherwise run, each in an environment of its own."""
