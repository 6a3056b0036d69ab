"""The folder that the figures are taken with is sound, and its requests meet conditions."""

from __future__ import annotations

from adweave.placements import load

from .folders import EXPERIMENTS, LAYOUTS, decide_s, load_s, requests, write_folder


def test_the_large_folder_loads_and_its_decisions_depend_on_the_request(tmp_path):
    write_folder(tmp_path)
    loaded = load(tmp_path)
    site = loaded.site_or_raise()
    assert len(site.layouts) == LAYOUTS + 1
    assert len(site.experiments) == EXPERIMENTS
    assert load_s(tmp_path) > 0
    assert len(decide_s(site, is_new=True)) == len(requests())
    path, fields = requests()[7]
    decision = site.decide(path, fields=fields)
    assert decision.consulted == ("cf-ipcountry", "cookie", "sec-ch-ua-mobile", "user-agent")
    assert decision.key
