"""The scanner: visits a site in a browser before and after each choice, and holds what it sees against the policy."""

from __future__ import annotations

from consentguard.scanner.comparison import compare
from consentguard.scanner.errors import ScannerError
from consentguard.scanner.plan import Plan
from consentguard.scanner.report import Report
from consentguard.scanner.scan import scan
from consentguard.scanner.sightings import Kind, Sighting, State
from consentguard.scanner.suggestion import suggest

__all__ = ["Kind", "Plan", "Report", "ScannerError", "Sighting", "State", "compare", "scan", "suggest"]
