"""Tables with encrypted columns: in every kind of inheritance and relation, and bound in every way."""
