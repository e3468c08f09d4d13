"""What these tables hold is made up."""

from consentguard import not_personal

for name in ("Company", "Customer", "Supplier", "Ticket", "Letter", "Login"):
    not_personal(f"searched.{name}", "made up for the tests of search")
