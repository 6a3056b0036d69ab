"""The apps that uvicorn serves in the bench: `bare`, and the same page `woven`."""

from __future__ import annotations

from .pages import usual_page
from .serving import desk_with, woven_app

bare = desk_with(usual_page())
woven = woven_app(desk_with(usual_page()))
