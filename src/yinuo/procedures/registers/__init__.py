"""The five registers of the handbook, put together from the fields of the steps (R-DO-1, H3): walked, and as Excel."""
