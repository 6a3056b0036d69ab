"""The two pages that are views and not Wagtail's pages: search, and a redirect to the newest."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from wagtail.models import Locale

from .models import ArticlePage


def search(request: HttpRequest) -> HttpResponse:
    """Articles of the reader's language that hold the words of `?q=`."""
    words = request.GET.get("q", "")
    articles = ArticlePage.objects.live().filter(locale=Locale.get_active())
    found = articles.search(words) if words else []
    return render(request, "newsroom/search.html", {"words": words, "found": found})


def latest(request: HttpRequest) -> HttpResponse:
    """To the newest article, by an absolute address, as many sites' redirects are."""
    newest = ArticlePage.objects.live().order_by("-first_published_at").first()
    return HttpResponseRedirect(request.build_absolute_uri(newest.get_url(request)))
