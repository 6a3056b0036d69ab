"""The newspaper as an ASGI application, its static files included: plain, and with adweave."""

from __future__ import annotations

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

from adweave import AdweaveMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.cms.wagtail.settings")

application = ASGIStaticFilesHandler(get_asgi_application())
woven = AdweaveMiddleware(application, os.environ.get("ADWEAVE_PLACEMENTS", "placements"))
