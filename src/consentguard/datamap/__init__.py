"""The data map: which table and column holds personal data, of which category, about whom."""
