"""The newspaper's own Django app: its page models, templates and two views."""
