"""Tables with encrypted columns that are searched, made by a migration of their own."""
