"""What a soak reads off its figures: growth is told from noise, and the report says what went wrong."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from tests.soak import report
from tests.soak.__main__ import victim
from tests.soak.figures import Life, Mark, Soak, Stream, slope

SECONDS = 600.0


def a_soak(growth: float = 0.0, complaints: tuple[str, ...] = ()) -> Soak:
    """Returns a run of ten minutes in which one process grows by so many kB a minute, and another one died."""
    grown = Life("chat-0", [(float(at), 100_000 + int(growth * at / 60) + at % 3) for at in range(600)])
    # Whoever dies is born anew, and smaller.
    dead = [
        Life("chat-1", [(float(at), kb) for at in range(*when)])
        for when, kb in (((0, 62), 90_000), ((65, 600), 70_000))
    ]
    stream = Stream("messages", [(at / 10, 0.01 + at % 100 / 10_000) for at in range(6000)])
    pages = Stream("pages", [(float(at), 0.05) for at in range(600)])
    marks = [Mark(60.0, "chat-1"), Mark(120.0, "gateway-0")]
    return Soak(SECONDS, 2000, 200, [stream, pages], [grown, *dead], marks, list(complaints))


def test_growth_is_told_from_noise() -> None:
    assert abs(slope([(float(at), 5.0 + at % 2) for at in range(100)])) < 0.2
    assert abs(slope([(float(at), 2.0 * at) for at in range(100)]) - 120) < 0.001
    # What is born anew is smaller, which is no shrinking.
    assert abs(a_soak(growth=500).growth() - 500) < 40
    # What goes from one process to another is nobody's growth, however long it takes.
    moved = a_soak()
    moved.lives += [
        Life("gateway-0", [(float(at), 100_000 + 100 * max(0, at - 300)) for at in range(600)]),
        Life("gateway-1", [(float(at), 130_000 - 100 * max(0, at - 300)) for at in range(600)]),
    ]
    assert abs(moved.growth()) < 40
    # The sockets of one that died come at once, and stay.
    stepped = Life(
        "gateway-1", [(float(at), 100_000 + 500 * at // 60 + (40_000 if at > 305 else 0)) for at in range(600)]
    )
    assert abs(stepped.slope(60, [60, 120, 180, 240, 300, 360, 420]) - 500) < 10
    assert stepped.slope(60) > 4000
    # A life that was too short to judge is not judged by itself.
    assert [
        life.name for life in Soak(SECONDS, 0, 0, lives=[stepped, Life("chat-1", [(0.0, 1), (250.0, 1)])]).judged
    ] == ["gateway-1"]


def test_what_fills_is_told_from_what_grows() -> None:
    filled = Life("chat-0", [(float(at), 100_000 + 20 * min(at, 180)) for at in range(600)])
    soak = Soak(SECONDS, 2000, 200, lives=[filled])
    assert abs(filled.slope(soak.filling)) < 1
    assert abs(filled.slope(soak.settling, until=soak.filling) - 1200) < 1
    # What goes on behind that is growth, however it began.
    leaking = Life("chat-0", [(float(at), 100_000 + 20 * at) for at in range(600)])
    assert abs(Soak(SECONDS, 2000, 200, lives=[leaking]).growth() - 1200) < 1


@pytest.mark.parametrize("minutes", [10, 20, 30])
def test_one_replica_of_each_kind_lives_long_enough_to_be_judged_and_each_one_dies(minutes: int) -> None:
    kinds = [[f"{kind}-{number}" for number in range(2)] for kind in ("chat", "gateway", "support", "community")]
    soak = Soak(60.0 * minutes, 0, 0)
    born = {name: 0 for kind in kinds for name in kind}
    for number, at in enumerate(range(60, 60 * minutes - 30, 60)):
        name = victim(kinds, number, late=at >= 30 * minutes)
        soak.lives.append(Life(name, [(float(second), 1) for second in range(born[name], at)]))
        born[name] = at + 15
    assert all(born.values())
    soak.lives += [Life(name, [(float(second), 1) for second in range(at, 60 * minutes)]) for name, at in born.items()]
    assert {life.kind for life in soak.judged} == {"chat", "gateway", "support", "community"}
    assert min(life.seconds for life in soak.judged) >= soak.filling + 120


def test_a_run_that_lost_something_or_grew_is_not_as_it_should_be() -> None:
    assert all(holds for _, _, holds in report.verdicts(a_soak()))
    assert [holds for _, _, holds in report.verdicts(a_soak(complaints=("a message is gone",)))] == [False, True]
    assert [holds for _, _, holds in report.verdicts(a_soak(growth=10_000))] == [True, False]


def test_the_report_has_every_figure_and_its_pictures_are_whole() -> None:
    soak = a_soak(complaints=("a message is gone",))
    text = report.page(soak, "soak/")
    for said in ("2,000 visitors", "200 conversations", "6,000", "Every minute one replica", "a message is gone"):
        assert said in text
    pictures = report.pictures(soak)
    assert all(f"](soak/{name})" in text for name in pictures)
    for picture in pictures.values():
        root = ElementTree.fromstring(picture)
        assert root.get("aria-label")
        assert any(each.tag.endswith("polyline") for each in root)


def test_what_each_process_had_is_kept_life_by_life() -> None:
    grown, first, second = report.series(a_soak(growth=600))
    assert (grown["process"], first["process"], second["since"]) == ("chat-0", "chat-1", 65)
    kept = grown["kb"]
    assert isinstance(kept, list)
    assert len(kept) == SECONDS / report.SERIES_SECONDS
    assert 5_800 < kept[-1] - kept[0] < 6_000
