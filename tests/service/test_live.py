"""A job that runs, as those see it who watch it."""

import trio

from gateway.service.live import Live


async def test_whoever_watches_a_run_makes_no_pause_once_it_is_to_stop() -> None:
    live, pauses = Live("sync"), [trio.CancelScope() for _ in range(3)]
    live.attend(pauses[0])
    live.attend(pauses[1])
    live.stop("cancelled")
    live.attend(pauses[2])
    assert [pause.cancel_called for pause in pauses] == [False, True, True]
