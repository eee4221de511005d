"""A platform's folder belongs to one pair of engines; whoever names others is told, and nobody is locked out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from kintsugi.errors import ConfigurationError, StoreUnavailable
from kintsugi.platform import Platform, open_platform
from kintsugi.settings import load_settings
from kintsugi.stores.advice import commands_for
from kintsugi.stores.binding import bind, bound_to, hold_to_place, mixed, note_path, noted
from kintsugi.stores.place import Place, place_of
from tests.builders import document


def at(settings, mongo: str = "", opensearch: str = ""):
    """Return the settings of the same folder with engines elsewhere; nothing connects to them."""
    environ = {"KINTSUGI_HOME": str(settings.home)}
    if mongo:
        environ["KINTSUGI_MONGO__URI"] = f"mongodb://{mongo}"
    if opensearch:
        environ["KINTSUGI_OPENSEARCH__URL"] = f"https://{opensearch}"
    return load_settings(environ)


def fill(settings) -> None:
    platform = Platform(settings)
    platform.records.put([document()])
    platform.close()


def test_embedded_engines_leave_no_note(settings):
    open_platform(settings).close()
    assert not note_path(settings).exists()


def test_the_first_engines_elsewhere_are_noted_and_others_are_refused_with_what_to_set(settings):
    hold_to_place(at(settings, "db"))
    hold_to_place(at(settings, "db"))
    assert noted(settings) == Place("mongodb://db:27017/kintsugi")
    with pytest.raises(ConfigurationError, match="KINTSUGI_MONGO__URI=mongodb://db:27017") as refused:
        open_platform(settings)
    assert str(settings.records_path) in refused.value.got
    assert str(note_path(settings)) in refused.value.next_step
    with pytest.raises(ConfigurationError, match="records are elsewhere"):
        hold_to_place(at(settings, "other"))
    with pytest.raises(ConfigurationError, match="index is elsewhere"):
        hold_to_place(at(settings, "db", "search"))


def test_records_that_are_here_already_are_not_left_behind_unasked(settings):
    fill(settings)
    with pytest.raises(ConfigurationError, match=r"kintsugi migrate.*move .*records\.sqlite away"):
        hold_to_place(at(settings, "db"))
    assert bound_to(settings) == Place()
    open_platform(settings).close()


def test_an_empty_embedded_store_holds_nobody_back(settings):
    platform = Platform(settings)
    assert list(platform.records.scan(type(document()))) == []
    platform.close()
    hold_to_place(at(settings, "db"))


def test_a_note_that_is_removed_or_records_that_are_moved_away_free_the_folder(settings):
    hold_to_place(at(settings, "db"))
    note_path(settings).unlink()
    hold_to_place(settings)
    fill(settings)
    settings.records_path.rename(settings.var / "old.sqlite")
    hold_to_place(at(settings, "other"))


def test_a_move_switches_the_folder_in_one_step(settings):
    fill(settings)
    there = at(settings, "db", "search")
    bind(settings, place_of(there))
    hold_to_place(there)
    with pytest.raises(ConfigurationError, match="records and index are elsewhere"):
        hold_to_place(settings)
    bind(settings, Place())
    hold_to_place(settings)


def test_of_many_that_come_first_with_different_engines_one_wins_and_the_others_are_told(settings):
    def opened(number: int) -> bool:
        try:
            hold_to_place(at(settings, f"db{number % 2}"))
        except ConfigurationError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(opened, range(16)))
    assert won in ([True, False] * 8, [False, True] * 8)
    assert [each.name for each in settings.var.glob(".engines*")] == []


def test_a_note_that_is_damaged_is_named(settings):
    note_path(settings).write_text("{")
    with pytest.raises(ConfigurationError, match=r"engines\.json: can't be understood"):
        open_platform(settings)


def test_engines_that_never_answered_bind_nobody(settings):
    def nobody_there() -> None:
        raise StoreUnavailable("no answer")

    with pytest.raises(StoreUnavailable):
        hold_to_place(at(settings, "mistyped"), nobody_there)
    hold_to_place(at(settings, "db"), lambda: None)
    hold_to_place(at(settings, "db"), nobody_there)


@pytest.mark.parametrize(
    ("mongo", "opensearch", "said"),
    [
        ("db", "", ["mongodb://db:27017/kintsugi", "KINTSUGI_OPENSEARCH__URL", "kintsugi migrate --only index"]),
        ("", "search", ["https://search:443/kintsugi-*", "KINTSUGI_MONGO__URI", "kintsugi migrate --only records"]),
        ("db", "search", None),
        ("", "", None),
    ],
)
def test_who_notes_one_engine_elsewhere_and_one_embedded_says_so_once(settings, mongo, opensearch, said):
    there = at(settings, mongo, opensearch)
    with capture_logs() as logged:
        hold_to_place(there)
        hold_to_place(there)
    assert [each["event"] for each in logged] == (["engines.mixed"] if said else [])
    for word in said or []:
        assert word in logged[0]["said"]
    assert mixed(there) == (logged[0]["said"] if said else "")


def test_settings_that_were_unset_after_a_move_are_given_back_and_the_way_back_too(settings):
    there = at(settings, "db", "search")
    bind(settings, place_of(there))
    with pytest.raises(ConfigurationError, match="records and index are elsewhere") as refused:
        hold_to_place(settings)
    assert commands_for(place_of(there)) in refused.value.next_step
    assert "with the settings of the old place `kintsugi migrate --to embedded`" in refused.value.next_step
