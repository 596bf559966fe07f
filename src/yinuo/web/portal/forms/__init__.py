"""The public web form: a customer writes to us without a mail program, and gets a number and a promise (R-CH-1)."""
