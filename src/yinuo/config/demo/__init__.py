"""The demo company: who works there, what it sells, who buys it, and some weeks of lived history.

Everything is invented. Names are common ones put together by chance; mail addresses lie in domains that are reserved
for examples (RFC 2606); telephone numbers begin with 199 0000, which nobody has.
"""
