"""What these tables hold is made up."""

from consentguard import not_personal

for name in ("Owner", "Sheet", "Appendix", "Line", "Ticket", "Letter"):
    not_personal(f"sealed.{name}", "made up for the tests of encrypted columns")
