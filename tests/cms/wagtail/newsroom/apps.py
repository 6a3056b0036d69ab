from __future__ import annotations

from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    name = "tests.cms.wagtail.newsroom"
    label = "newsroom"
    default_auto_field = "django.db.models.BigAutoField"
