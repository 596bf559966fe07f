"""`yinuo up`: one command that starts, watches and stops everything."""
