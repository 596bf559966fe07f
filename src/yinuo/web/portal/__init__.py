"""The customer's side: a ticket by its secret link, its score, the way to a lost link, how to reach us (R-EN-4)."""
