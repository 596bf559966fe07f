"""Every timed job. Missed ticks are replayed after a stop, and each of these bears it."""
