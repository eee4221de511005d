"""Personal data by its own checksums and the words around it: addresses, telephones, cards, accounts, identities."""
