"""django-cookie-consent beside us: its admin drafts, its cookie mirrors ours, its log and cookies are taken over.

Nothing imports this package where the app `cookie_consent` is not installed.
"""
