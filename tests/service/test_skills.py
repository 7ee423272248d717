"""Skills: ours filled in from what is registered, the user's beside them or instead of them."""

import re
from pathlib import Path

import pytest

from gateway.plugin.manager import Plugins, load
from gateway.service.skills import Skill, skills

TOOLS = ("llm_job_status", "llm_job_result", "llm_job_cancel", "session_list", "validate_with_models")
OURS = [
    "asking-another-model",
    "async-job-orchestration",
    "multi-llm-review",
    "saving-tokens",
    "session-workflow",
]


def test_ours_are_complete_and_short(plugins: Plugins) -> None:
    found = skills((), plugins, TOOLS)
    assert [skill.name for skill in found] == OURS
    assert [skill.name for skill in found if "{{" in skill.text or not skill.description] == []
    assert max(len(skill.text) for skill in found) < 2500


def test_they_name_what_is_registered(plugins: Plugins) -> None:
    text = "\n".join(skill.text for skill in skills((), plugins, TOOLS))
    assert re.findall(r"`(echo_\w+)`", text) == ["echo_request", "echo_request_async"]


def test_a_skill_is_left_out_where_its_tools_are_missing(plugins: Plugins) -> None:
    assert [skill.name for skill in skills((), plugins, ())] == ["asking-another-model", "saving-tokens"]


def test_without_providers_they_still_make_sense() -> None:
    texts = [skill.text for skill in skills((), load([]), TOOLS)]
    assert [text for text in texts if "{{" in text] == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "saving-tokens.md": "---\ndescription: Spend them all\n---\nAsk {{providers}}, not {{nobody}}.\n",
        "house-rules/SKILL.md": '---\nname: x\ndescription: "How we do it"\n---\n\nBy the book.\n',
        "untitled.md": "# The title\nText",
        "bare.md": "Text",
        "empty/README.md": "no skill",
        ".hidden.md": "no skill",
        "no skill.md": "no skill",
        "notes.txt": "no skill",
    }
    for name, text in files.items():
        (tmp_path / "skills" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "skills" / name).write_text(text)
    return tmp_path / "skills"


def test_a_folder_adds_skills_and_replaces_those_of_the_same_name(plugins: Plugins, folder: Path) -> None:
    found = {skill.name: skill for skill in skills((str(folder),), plugins, ())}
    assert found.pop("asking-another-model")
    assert found == {
        "saving-tokens": Skill("saving-tokens", "Spend them all", "Ask Echo, not {{nobody}}.\n"),
        "house-rules": Skill("house-rules", "How we do it", "By the book.\n"),
        "untitled": Skill("untitled", "The title", "# The title\nText"),
        "bare": Skill("bare", "bare", "Text"),
    }


def test_the_last_folder_wins(plugins: Plugins, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "bare.md").write_text("Other")
    found = {skill.name: skill.text for skill in skills((str(folder), str(tmp_path / "other")), plugins, ())}
    assert found["bare"] == "Other"


def test_a_link_that_leads_out_of_the_folder_is_not_followed(
    plugins: Plugins, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (folder / "leak.md").symlink_to(tmp_path / "secret")
    assert "leak" not in {skill.name for skill in skills((str(folder),), plugins, ())}


def test_a_folder_that_is_not_there_is_told_and_passed_over(plugins: Plugins, caplog) -> None:
    assert len(skills(("/nowhere/skills",), plugins, ())) == 2
    assert "/nowhere/skills cannot be read" in caplog.text
