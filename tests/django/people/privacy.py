"""What these tables hold is made up."""

from consentguard import not_personal

for name in ("Person", "Note", "Reply", "Label", "Secret"):
    not_personal(f"people.{name}", "made up for the tests of the stores")
