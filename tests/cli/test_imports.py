import gc

from gateway.cli import imports


def test_nothing_looks_for_garbage_while_what_is_kept_is_imported() -> None:
    with imports.kept():
        during = gc.isenabled()
    after = gc.isenabled()
    assert (during, after) == (False, True)


def test_what_was_imported_is_not_searched_again() -> None:
    before = gc.get_freeze_count()
    with imports.kept():
        kept = [[] for _ in range(1000)]
    frozen = gc.get_freeze_count() - before
    gc.unfreeze()
    assert frozen >= len(kept)
