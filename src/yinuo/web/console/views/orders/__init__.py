"""Orders on screen: lists, the page of one, what is done with it, files read in."""
