"""What measurements of the whole desk need: a server, a company, tickets."""
