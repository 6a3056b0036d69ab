"""Page models as newspapers on Wagtail have them: a front, articles from blocks, a letter form."""

# ruff: noqa: RUF012 (Django reads class attributes that are lists)

from __future__ import annotations

from django.db import models
from modelcluster.fields import ParentalKey

from wagtail import blocks
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page
from wagtail.search import index


class FrontPage(Page):
    """A language's front page: a list of its articles, newest first."""

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        context["articles"] = (
            ArticlePage.objects.child_of(self).live().order_by("-first_published_at")
        )
        return context


class ArticlePage(Page):
    """An article: standfirst, byline and a body of blocks."""

    standfirst = RichTextField(blank=True)
    byline = models.CharField(max_length=100, blank=True)
    body = StreamField(
        [
            ("heading", blocks.CharBlock(form_classname="title")),
            ("paragraph", blocks.RichTextBlock()),
            ("image", ImageChooserBlock()),
            ("quote", blocks.BlockQuoteBlock()),
        ],
        blank=True,
    )

    search_fields = [*Page.search_fields, index.SearchField("body")]
    content_panels = [
        *Page.content_panels,
        FieldPanel("standfirst"),
        FieldPanel("byline"),
        FieldPanel("body"),
    ]


class LetterField(AbstractFormField):
    page = ParentalKey("LetterPage", on_delete=models.CASCADE, related_name="form_fields")


class LetterPage(AbstractForm):
    """Letters to the editor: a form that editors put together themselves."""

    thanks = RichTextField(blank=True)

    content_panels = [
        *AbstractForm.content_panels,
        InlinePanel("form_fields", label="Fields"),
        FieldPanel("thanks"),
    ]
