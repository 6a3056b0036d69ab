"""A newspaper on Wagtail, to put the gateway in front of (`python -m tests.cms.wagtail`)."""
