"""What the first page after a start would wait for is done at the start."""

from __future__ import annotations

from jinja2.utils import LRUCache

from hub.web.pages import warm
from hub.web.pages.render import environment
from tests.web.conftest import Client
from tests.web.seed import World


def test_no_page_compiles_a_template_once_the_site_is_warm(world: World, client: Client) -> None:
    warm(world.app)
    templates = world.app.state.site.templates
    kept = set(templates.cache or ())
    assert {n for n in templates.list_templates() if "/" not in n} <= {name for _, name in kept}
    for path in ("/sign-in", "/register"):
        assert client().get(path).status_code == 200
    release = world.ids["published"]
    for path in ("/", "/catalogue", "/requests", f"/releases/{release}", f"/releases/{release}/look", "/protocols"):
        assert client("analyst").get(path).status_code == 200
    assert set(templates.cache or ()) == kept


def test_all_templates_and_what_they_draw_on_fit_the_cache() -> None:
    templates = environment()
    assert isinstance(templates.cache, LRUCache)
    assert len(templates.list_templates()) < templates.cache.capacity
