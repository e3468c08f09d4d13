"""Public helpers for the tests of a site, and of stores: nothing that ships into production imports them."""
