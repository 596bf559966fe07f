"""A gallery of pages built from the real pieces with invented content: to look at, and to test the scripts on."""
