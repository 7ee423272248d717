from typing import Any

import pytest

from gateway.domain.panels import Opinion, Panel
from gateway.rules.report import run_report
from gateway.rules.verdicts import position, stand, stated

PANEL = Panel(
    id="p1",
    principal="local",
    tool="validate_with_models",
    intent="validate",
    created_at=0.0,
    request={"question": "q"},
)


def seat(provider: str, text: str = "", ending: Any = "ok", **facts: Any) -> Opinion:
    words = stated(text)
    usual = {"role": "seat", "correlation_id": f"c-{provider}", "job_id": f"j-{provider}", "model_used": "m"}
    told = usual | {"output": text, "verdict": stand(ending, text), "stated": words, "ending": ending}
    return Opinion(provider=provider, position=position(words, ("yes", "no")), **(told | facts))


YES, NO = seat("a", "Verdict: yes, go\nRisks: cost"), seat("b", "Verdict: no")
SILENT, RUNNING = seat("c", "", "empty"), seat("d", "", None)
FAILED = seat("e", "", "auth_required", error="401")
ABSENT = seat("f", "", "cli_missing", job_id=None, error="not found")
JUDGE = seat("g", "Summary: mixed\nRecommendation: Wait.\nConfidence: low", role="judge")


def report(*opinions: Opinion, **facts: Any) -> dict[str, Any]:
    fields = {name: getattr(PANEL, name) for name in PANEL.__struct_fields__}
    return run_report(Panel(**(fields | facts)), opinions)


def test_a_result_has_the_shape_of_1_7_0() -> None:
    assert report(YES)["results"] == [
        {
            "provider": "a",
            "model": "m",
            "status": "completed",
            "verdict": "answered",
            "stated": "yes, go",
            "rationale": "Verdict: yes, go\nRisks: cost",
            "risks": ["cost"],
            "rawJobReference": {
                "jobId": "j-a", "correlationId": "c-a", "statusTool": "job_status", "resultTool": "job_result"
            },
            "error": None,
        }
    ]  # fmt: skip


def test_a_report_has_the_shape_of_1_7_0() -> None:
    told = report(YES, NO)
    assert list(told) == [
        "success", "validationId", "status", "startedAt", "intent", "originalRequest", "modelList", "results",
        "synthesis", "report", "next",
    ]  # fmt: skip
    assert told["report"]["schemaVersion"] == "validation-report.v1"
    assert list(told["report"]["structuredContent"]) == [
        "validationId", "status", "startedAt", "intent", "originalRequest", "modelList", "perModelOutputs",
        "disagreements", "finalRecommendation", "confidence", "limitations", "jobIds", "synthesis",
    ]  # fmt: skip
    assert (told["startedAt"], told["modelList"]) == ("1970-01-01T00:00:00.000Z", ["a", "b"])


@pytest.mark.parametrize(
    ("opinions", "status"),
    [
        ((YES, NO), "completed"),
        ((YES, RUNNING), "running"),
        ((YES, SILENT), "partial"),
        ((YES, ABSENT), "partial"),
        ((FAILED, SILENT), "failed"),
        ((FAILED, ABSENT), "failed"),
        ((ABSENT,), "not_started"),
    ],
)
def test_a_panel_is_told_in_one_word(opinions: tuple[Opinion, ...], status: str) -> None:
    assert report(*opinions)["status"] == status


@pytest.mark.parametrize(
    ("opinion", "status"),
    [(YES, "completed"), (RUNNING, "running"), (SILENT, "failed"), (FAILED, "failed"), (ABSENT, "skipped")],
)
def test_a_seat_keeps_the_status_words_of_1_7_0(opinion: Opinion, status: str) -> None:
    assert report(opinion)["results"][0]["status"] == status


def test_a_disagreement_is_shown_in_the_words_of_both() -> None:
    assert report(YES, NO)["report"]["structuredContent"]["disagreements"] == {
        "hasMaterialDisagreement": True,
        "summary": "The seats state 2 different verdicts.",
        "signals": ['a says "yes, go"', 'b says "no"'],
        "positions": [{"provider": "a", "stated": "yes, go"}, {"provider": "b", "stated": "no"}],
    }


@pytest.mark.parametrize(
    ("other", "signal"),
    [
        (SILENT, "c said nothing"),
        (RUNNING, "d has not answered yet"),
        (FAILED, "e failed"),
        (seat("b", "Verdict: abstain"), "b abstained"),
        (seat("b", "", "timeout"), "b ran out of time"),
        (seat("b", "no heading"), "b answered but stated no verdict"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_says_nothing_is_a_disagreement_of_its_own(other: Opinion, signal: str) -> None:
    told = report(YES, other)["report"]["structuredContent"]
    assert (told["disagreements"]["hasMaterialDisagreement"], told["disagreements"]["signals"]) == (
        True,
        [signal],
    )
    assert told["confidence"] == "low"


@pytest.mark.parametrize(
    ("opinions", "confidence"),
    [
        ((YES, seat("b", "Verdict: Yes.")), "high"),
        ((YES,), "medium"),
        ((YES, NO), "low"),
        ((SILENT, FAILED), "none"),
    ],
)
def test_confidence_needs_agreement(opinions: tuple[Opinion, ...], confidence: str) -> None:
    assert report(*opinions)["report"]["structuredContent"]["confidence"] == confidence


@pytest.mark.parametrize(
    ("opinions", "status", "note"),
    [
        ((YES, RUNNING), "waiting_for_provider_results", None),
        ((YES, NO), "waiting_for_provider_results", None),
        ((SILENT, FAILED), "skipped", "No seat gave an answer."),
        ((YES, NO, JUDGE), "completed", None),
        ((YES, NO, seat("g", "", None, role="judge")), "running", None),
        ((YES, seat("g", "", "timeout", role="judge", error="late")), "failed", "late"),
    ],
)
def test_a_judge_is_waited_for_skipped_or_heard(
    opinions: tuple[Opinion, ...], status: str, note: str | None
) -> None:
    synthesis = report(*opinions, judge="g")["synthesis"]
    assert (synthesis["status"], synthesis["judgeModel"], synthesis["note"]) == (status, "g", note)


def test_without_a_judge_nothing_is_summed_up() -> None:
    assert report(YES)["synthesis"] == {"status": "not_requested"}


def test_the_judges_recommendation_is_the_reports() -> None:
    told = report(YES, NO, JUDGE, judge="g")
    assert told["report"]["structuredContent"]["finalRecommendation"] == "Wait."
    assert "Judge (g):" in told["report"]["humanReadable"]


def test_people_read_what_each_seat_said() -> None:
    assert report(YES, FAILED)["report"]["humanReadable"].splitlines() == [
        "Validation report p1",
        "Status: partial",
        "Models: a, e",
        "",
        "Per-model outputs:",
        "- a: completed verdict=answered job=j-a",
        "  Verdict: yes, go",
        "  Risks: cost",
        "- e: failed verdict=failed job=j-e",
        "  401",
        "",
        "Disagreement: Not every seat has stated a verdict; who says nothing agrees with nobody.",
        "- e failed",
        "Recommendation: There is no agreement. Read the words of each seat and decide on their reasons.",
        "Confidence: low",
        "",
        "Limitations:",
        "- The seats only looked; nothing they say was tried out.",
        "- Not heard: e failed.",
    ]


def test_a_long_question_and_a_long_answer_are_cut() -> None:
    told = report(seat("a", "Verdict: yes\n" + "x" * 9_000), request={"question": "q" * 9_000})
    assert (len(told["results"][0]["rationale"]), len(told["originalRequest"]["question"])) == (1_800, 4_000)
    assert (
        "Long answers are cut here; job_result has all of them."
        in (told["report"]["structuredContent"]["limitations"])
    )


@pytest.mark.parametrize(
    ("opinions", "advice"),
    [
        ((YES, RUNNING), "Wait for the seats"),
        ((SILENT, FAILED), "Nothing to go by"),
        ((YES, seat("b", "Verdict: yes")), "The seats agree"),
        ((YES,), "One opinion"),
        ((YES, NO), "There is no agreement"),
    ],
)
def test_a_report_says_what_to_do(opinions: tuple[Opinion, ...], advice: str) -> None:
    assert report(*opinions)["report"]["structuredContent"]["finalRecommendation"].startswith(advice)
