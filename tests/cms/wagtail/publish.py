"""Make the newspaper in an empty folder: database, editor, images, and articles by its models.

Run as a program, with WAGTAIL_FOLDER set: Django keeps one set of settings for a process.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import django

from .articles import ARTICLES, FRONT_TITLES, LETTER_TITLES, Article

EDITOR = "editor"
PASSWORD = "a harbour at night"


def main() -> None:
    """Build everything; the folder named by WAGTAIL_FOLDER then holds the whole site."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.cms.wagtail.settings")
    django.setup()
    _tables()
    _editor()
    _pages()


def _tables() -> None:
    from django.core.management import call_command

    migrations = Path(os.environ["WAGTAIL_FOLDER"], "newsroom_migrations")
    migrations.mkdir(parents=True, exist_ok=True)
    (migrations / "__init__.py").touch()
    call_command("makemigrations", "newsroom", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False)


def _editor() -> None:
    from django.contrib.auth import get_user_model

    get_user_model().objects.create_superuser(EDITOR, "editor@news.example", PASSWORD)


def _pages() -> None:
    from django.conf import settings

    from wagtail.contrib.redirects.models import Redirect
    from wagtail.models import Locale, Page, Site

    from .newsroom.models import FrontPage

    root = Page.objects.get(depth=1)
    Page.objects.filter(depth=2).delete()  # the welcome page that Wagtail's migrations make
    root.refresh_from_db()

    english = root.add_child(
        instance=FrontPage(title=FRONT_TITLES["en"], slug="front", locale=Locale.get_default())
    )
    Site.objects.all().delete()
    Site.objects.create(
        hostname=settings.HOST,
        root_page=english,
        is_default_site=True,
        site_name=settings.WAGTAIL_SITE_NAME,
    )
    for article in ARTICLES:
        front = _front(english, article.language)
        page = _publish(front, article)
        _letters(front, article.language)
        Redirect.objects.create(
            old_path=f"/{article.language}/old/{article.slug}", redirect_page=page
        )


def _front(english, language: str):
    from wagtail.models import Locale

    if language == english.locale.language_code:
        return english
    locale, _ = Locale.objects.get_or_create(language_code=language)
    front = english.copy_for_translation(locale)
    front.title = FRONT_TITLES[language]
    front.save_revision().publish()
    front.refresh_from_db()
    return front


def _publish(front, article: Article):
    from .newsroom.models import ArticlePage

    body = []
    for kind, value in article.body:
        if kind == "image":
            body.append((kind, _image(int(value))))
        elif kind == "paragraph":
            from wagtail.rich_text import RichText

            body.append((kind, RichText(f"<p>{value}</p>")))
        else:
            body.append((kind, value))
    page = ArticlePage(
        title=article.title,
        slug=article.slug,
        byline=article.byline,
        standfirst=f"<p>{article.standfirst}</p>",
        body=body,
        locale=front.locale,
    )
    front.add_child(instance=page)
    page.save_revision().publish()
    return page


def _letters(front, language: str) -> None:
    from .newsroom.models import LetterField, LetterPage

    page = front.add_child(
        instance=LetterPage(
            title=LETTER_TITLES[language],
            slug="letters",
            thanks="<p>Thank you for your letter.</p>",
            locale=front.locale,
        )
    )
    for label, kind in (("Name", "singleline"), ("Letter", "multiline")):
        LetterField.objects.create(page=page, label=label, field_type=kind, required=True)


def _image(number: int):
    from django.core.files.images import ImageFile

    from wagtail.images import get_image_model

    file = ImageFile(io.BytesIO(picture(number)), name=f"harbour-{number}.png")
    return get_image_model().objects.create(title=f"Harbour {number}", file=file)


def picture(number: int, size: tuple[int, int] = (960, 540)) -> bytes:
    """A PNG that no other `number` gives: sea, sky and a sun, in `size` px."""
    from PIL import Image, ImageDraw

    width, height = size
    image = Image.new("RGB", size, (150 + 20 * number % 100, 180, 220))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 3 // 5, width, height), fill=(30, 70 + 15 * number % 90, 110))
    left = width // 6 + number * 90 % (width // 2)
    draw.ellipse((left, height // 6, left + height // 5, height // 6 + height // 5), fill="gold")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def site_in(folder: Path, hosts: str) -> dict[str, str]:
    """The environment of a process that is to be the site in `folder`, answering to `hosts`."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.cms.wagtail.settings",
        "WAGTAIL_FOLDER": str(folder),
        "WAGTAIL_HOSTS": hosts,
    }


if __name__ == "__main__":
    main()
