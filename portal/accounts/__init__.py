"""Accounts of editors: log-in, second factor, limits, invitations. django-allauth does the work; the rules are ours."""
