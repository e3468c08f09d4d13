"""A clinic: members, their visits, and what is said about them."""
