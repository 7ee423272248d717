"""Skills as a client finds them: in the instructions, in the list, and to read."""

import pytest
import trio

PATIENCE = 60.0


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_every_skill_is_announced_listed_and_read(connect, era: str) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(era) as client:
            listed = [
                each for each in (await client.list_resources()).resources if "skills://" in str(each.uri)
            ]
            texts = [(await client.read_resource(str(each.uri))).contents[0] for each in listed]
            instructions = client.instructions or ""

    assert {"skills://asking-another-model", "skills://session-workflow"} <= {
        str(each.uri) for each in listed
    }
    assert {(each.mime_type, text.mime_type) for each, text in zip(listed, texts, strict=True)} == {
        ("text/markdown", "text/markdown")
    }
    assert all(text.text.startswith("# ") for text in texts)
    assert [each.uri for each in listed if f"- {each.uri} - {each.description}" not in instructions] == []


async def test_the_folder_of_the_configuration_counts(connect, tmp_path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "saving-tokens.md").write_text("---\ndescription: Mine\n---\n# Mine\n")
    (tmp_path / "config.toml").write_text('skills = ["mine"]\n')
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_CONFIG=str(tmp_path / "config.toml")) as client:
            text = (await client.read_resource("skills://saving-tokens")).contents[0].text

    assert text == "# Mine\n"
