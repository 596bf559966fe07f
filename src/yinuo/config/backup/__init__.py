"""One file that holds everything: the database, the key under a passphrase, what it is and whether it is whole."""
