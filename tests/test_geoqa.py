"""GeoQA and its relatives: programs are run; every fault is dropped under its own name, in every form."""

import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.cleaner import Drop, RefusedError
from builders.cleaners._programs import CONSTANTS, run
from builders.cleaners.geoqa import CLEANER
from builders.files import BuildError
from builders.sample import Draft
from evaluators import Choice, Number
from tests.cleaning import cleaned, draw, reasons, untested
from tests.public_data import SAMPLES as PUBLIC

SAMPLES = PUBLIC / "geoqa"
PROBLEM: dict[str, Any] = {
    "id": 17,
    "subject": "如图,∠A=80°,∠B=60°,则∠C=()",
    "English_problem": "As shown, ∠A = N_0, ∠B  =  N_1, BD ia tangent, then ∠C is ()",
    "token_list": ["∠", "A", "=", "N_0", "°", ",", "∠", "B", "=", "N_1", "°", ",", "则"],
    "choices": ["20°", "30°", "40°", "50°"],
    "choice_nums": [20.0, 30.0, 40.0, 50.0],
    "label": 2,
    "answer": "∴∠C=180°-80°-60°=40°.故选C.",
    "numbers": [80.0, 60.0],
    "manual_program": ["g_minus", "C_3", "N_0", "g_minus", "V_0", "N_1"],
    "target_number": 40.0,
    "formal_point": {"三角形内角和"},
}


def pictured(shade: int = 0) -> np.ndarray[Any, Any]:
    return np.full((6, 8), shade, np.uint8)


def put(path: Path, *problems: dict[str, Any]) -> None:
    """A pickle of problems that differ from the usual one as told; each has a picture of its own."""
    rows = [{**PROBLEM, "image": pictured(number), **one} for number, one in enumerate(problems)]
    path.write_bytes(pickle.dumps(rows, 4))


def one(source: Path) -> Draft:
    (row,) = cleaned(CLEANER, source).values()
    assert isinstance(row, Draft), row
    return row


def test_a_problem_is_proved_by_its_program(tmp_path: Path) -> None:
    put(tmp_path / "train.pk", {})
    assert reasons(CLEANER, tmp_path) == {"train-1": None}
    row = one(tmp_path)
    assert row.question == "As shown, ∠A = 80°, ∠B = 60°, BD is tangent, then ∠C is ()"
    assert row.answer == Choice("C", ("20°", "30°", "40°", "50°"), "0.40")
    assert row.thought == "180 - 80 = 100\n100 - 60 = 40\nThe answer is C."
    assert (row.kind, row.depth) == ("angle", 2)
    assert (row.images[0].size, row.images[0].getpixel((0, 0))) == ((8, 6), (0, 0, 0))
    assert "label" not in row.scene


def test_the_solver_reads_the_program_and_not_the_answer(tmp_path: Path) -> None:
    put(tmp_path / "train.pk", {})
    scene = {**one(tmp_path).scene, "numbers": [80.0, 70.0]}
    assert CLEANER.solve is not None
    solved = CLEANER.solve("", scene)
    assert solved is not None
    assert solved.text() == "B"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"choices": None}, "proof"),
        ({"English_problem": "", "subject": ""}, "text-missing"),
        ({"label": None}, "answer-missing"),
        ({"label": True}, "answer-missing"),
        ({"label": "C"}, "answer-missing"),
        ({"label": 4}, "options-missing"),
        ({"label": 1, "answer": ""}, "program-disagrees"),
        ({"answer": "…=40°.故选B."}, "solution-disagrees"),
        ({"choices": ["20°", "30°", "40°", ".70°A70°"]}, "option-garbled"),
        ({"choices": ["20°", ".30°", "40°", "50°"]}, "option-garbled"),
        (
            {"choices": ["20°", "无法确定", "40°", "50°"], "choice_nums": None},
            "option-not-a-number",
        ),
        (
            {"choices": ["20°", "30°", "30°或40°", "50°"], "choice_nums": None},
            "answer-not-a-number",
        ),
        ({"choices": ["40°", "30°", "40°", "50°"], "choice_nums": None}, "answer-repeated"),
        ({"choices": ["20°", "20°", "40°", "50°"], "choice_nums": None}, "option-repeated"),
        ({"choice_nums": [20.0, 30.0, 40.0, 5.0]}, "value-mismatch"),
        ({"choices": ["√ 2 0", "√ 3 0", "√ 4 0", "√ 5 0"]}, "program-disagrees"),
        ({"manual_program": []}, "program-missing"),
        ({"manual_program": None}, "program-missing"),
        ({"manual_program": ["g_minus", "C_3"]}, "program-unreadable"),
        ({"manual_program": ["g_guess", "C_3"]}, "program-unreadable"),
        ({"manual_program": ["g_half", "N_2"]}, "program-unreadable"),
        ({"manual_program": ["g_half", "V_0"]}, "program-unreadable"),
        ({"manual_program": ["g_sin", "N_1", "g_asin", "C_0"]}, "program-undefined"),
        ({"numbers": [80.0, 60.0, math.nan, math.inf, pictured(), True, [1]]}, None),
        ({"numbers": [80.0, math.nan]}, "numbers-missing"),
        ({"numbers": [80.0]}, "numbers-missing"),
        ({"numbers": None}, "numbers-missing"),
        ({"numbers": None, "English_problem": None}, "numbers-missing"),
        ({"numbers": [80.0, 61.0]}, "program-disagrees"),
        ({"image": 5}, "picture-missing"),
        ({"image": np.zeros((2, 2))}, "picture-unreadable"),
        ({"image": np.zeros((5000, 5000), np.uint8)}, "picture-too-large"),
    ],
)
def test_each_fault_has_its_reason(
    tmp_path: Path, change: dict[str, Any], reason: str | None
) -> None:
    put(tmp_path / "train.pk", change, {})
    assert reasons(CLEANER, tmp_path) == {"train-1": reason, "train-2": None}


@pytest.mark.parametrize(
    ("tokens", "choices", "question", "options"),
    [
        (
            ["N_0", "米", "N_1", "c", "m", ","],
            ["20米", "30米", "40米", "50米"],
            "80 m 60 cm",
            "40 m",
        ),
        (["N_0", "c", "m", "²"], ["20cm", "30cm", "40cm", "50cm"], "80 cm 60", "40cm"),
        (["N_0", "个", "N_1", ":"], ["20", "30", "40", "50"], "80 60", "40"),
        (["N_0", "m", "x"], ["20平方厘米", "30", "40平方厘米", "50"], "80 60", "40 cm²"),
    ],
)
def test_units_that_the_translation_lost_are_back(
    tmp_path: Path, tokens: list[str], choices: list[str], question: str, options: str
) -> None:
    change = {"token_list": tokens, "choices": choices, "English_problem": "N_0 N_1"}
    put(tmp_path / "train.pk", change)
    row = one(tmp_path)
    assert row.question == question
    assert isinstance(row.answer, Choice)
    assert row.answer.options[2] == options


def test_a_problem_without_english_keeps_its_chinese(tmp_path: Path) -> None:
    put(
        tmp_path / "train.pk",
        {"English_problem": None, "choices": ["20米", "30米", "40米", "50米"]},
    )
    row = one(tmp_path)
    assert row.question == PROBLEM["subject"]
    assert isinstance(row.answer, Choice)
    assert row.answer.options[2] == "40米"


def test_a_figure_stays_in_one_split(tmp_path: Path) -> None:
    put(tmp_path / "calculation_train.pk", {}, {"image": pictured(99)}, {})
    put(tmp_path / "calculation_test.pk", {"image": pictured(99)})
    put(tmp_path / "dev.pk", {"image": pictured(2)})
    assert reasons(CLEANER, tmp_path) == {
        "calculation_test-1": None,
        "calculation_train-1": None,
        "calculation_train-2": "twin-in-test",
        "calculation_train-3": "twin-in-val",
        "dev-1": None,
    }
    splits = {record.id: record.split for record in CLEANER.records(tmp_path)}
    assert (splits["dev-1"], splits["calculation_test-1"]) == ("val", "test")


def test_records_hold_no_pictures(tmp_path: Path) -> None:
    put(tmp_path / "train.pk", {})
    (record,) = CLEANER.records(tmp_path)
    assert not any(isinstance(value, np.ndarray) for value in record.content.values())
    assert record.place == "train.pk, number 1, id 17"


@pytest.mark.parametrize(
    ("program", "value", "text"),
    [
        ("g_equal N_0", 4, ""),
        ("g_double N_0", 8, "2 × 4 = 8"),
        ("g_half N_1", 1.5, "3 ÷ 2 = 1.5"),
        ("g_add N_0 N_1", 7, "4 + 3 = 7"),
        ("g_minus N_1 N_0", 1, "4 - 3 = 1"),
        ("g_mul N_0 N_1", 12, "4 × 3 = 12"),
        ("g_divide N_0 N_1", 4 / 3, "4 ÷ 3 ≈ 1.3333"),
        ("g_bili N_0 N_1 C_1", 80, "4 ÷ 3 × 60 = 80"),
        ("g_sin C_0", 0.5, "sin 30° = 0.5"),
        ("g_cos C_1", 0.5, "cos 60° = 0.5"),
        ("g_tan C_1", math.sqrt(3), "tan 60° ≈ 1.7321"),
        ("g_sin C_0 g_asin V_0", 30, "arcsin 0.5 = 30"),
        ("g_cos C_1 g_acos V_0", 60, "arccos 0.5 = 60"),
        ("g_sqrt N_0", 2, "√4 = 2"),
        ("gougu_add N_0 N_1", 5, "√(4² + 3²) = 5"),
        ("gougu_minus N_1 C_7 gougu_minus N_1 N_0", math.sqrt(7), "√(4² - 3²) ≈ 2.6458"),
        ("cal_circle_area N_1", 9 * math.pi, "π × 3² ≈ 28.2743"),
        ("cal_circle_perimeter N_1", 6 * math.pi, "2 × π × 3 ≈ 18.8496"),
        ("cal_cone N_0 N_1", 12 * math.pi, "π × 4 × 3 ≈ 37.6991"),
        ("g_mul C_6 C_4", 0.618 * 360, "0.618 × 360 = 222.48"),
    ],
)
def test_each_operation(program: str, value: float, text: str) -> None:
    step = run(program.split(), [4.0, 3.0])[-1]
    assert step.value == pytest.approx(value)
    assert step.text == text


@pytest.mark.parametrize(
    "program",
    [
        "g_divide N_0 N_2",
        "g_sin N_0",
        "g_tan C_2",
        "g_asin N_0",
        "gougu_minus N_0 N_0",
        "g_sqrt N_3",
    ],
)
def test_what_has_no_value_is_told(program: str) -> None:
    with pytest.raises(RefusedError, match="program-undefined"):
        run(program.split(), [4.0, 3.0, 0.0, -1.0])


def test_a_program_cannot_run_on_for_ever() -> None:
    assert len(CONSTANTS) == 9
    with pytest.raises(RefusedError, match="program-unreadable"):
        run(["g_equal", "N_0"] * 1000, [1.0])
    with pytest.raises(RefusedError, match="program-undefined"):
        run(["g_mul", "N_0", "N_0"] + ["g_mul", "V_0", "V_0"] * 2, [1e200])


# Geo170K, G-LLaVA, R1-V.


def talk(image: str, question: str, letter: str, **change: str) -> dict[str, Any]:
    choices = "\nChoices:\nA:30°\nB:40°\nC:50°\nD:60°"
    text = change.get("text", f"<image>\nReason first.\nQuestion:{question}{choices}")
    answer = {"from": "gpt", "value": f"It is so.\nAnswer:{letter}"}
    return {"image": image, "conversations": [{"from": "human", "value": text}, answer]}


def test_geo170k_is_kept_where_its_parts_agree(tmp_path: Path) -> None:
    question = "angle A = 80.0, angle B = 60.0. Find angle C."
    rows = [
        talk("geoqa_plus/1.png", question, "B"),
        talk("geoqa_plus/1.png", "Find angle C, when angle B = 60 and angle A = 80.", "B"),
        talk("geoqa_plus/1.png", "angle A = 160.0, angle B = 120.0. Find angle C.", "C"),
        talk("geoqa_plus/2.png", "angle A = 10.", "A"),
        talk("geoqa_plus/2.png", "angle A = 20.", "A"),
        talk("geo3k/train/5/img_diagram.png", question, "B"),
        talk("geoqa_plus/3.png", question, ""),
        talk("geoqa_plus/3.png", question, "E"),
        talk("geoqa_plus/3.png", question, "B", text="Question:\nChoices:\nA:1\nB:2"),
        talk("geoqa_plus/4.png", question, "B", text="Describe it."),
        talk("../4.png", question, "B"),
    ]
    (tmp_path / "qa_tuning.json").write_text(json.dumps(rows))
    draw(tmp_path / "images/geoqa_plus/1.png")
    # Texts are looked at first: no picture that lacks hides a fault of theirs.
    assert list(reasons(CLEANER, tmp_path).values()) == [
        None,
        None,
        "numbers-disagree",
        "numbers-disagree",
        "numbers-disagree",
        "from-geometry3k",
        "answer-missing",
        "options-missing",
        "text-missing",
        "options-missing",
        "picture-outside",
    ]
    row = cleaned(CLEANER, tmp_path)["qa_tuning-1"]
    assert isinstance(row, Draft)
    assert row.question == "angle A = 80, angle B = 60. Find angle C."
    assert (row.answer.text(), row.thought) == ("B", "")


def test_questions_and_letters_of_two_files_meet(tmp_path: Path) -> None:
    text = "\nAnswer: xxx.\nQuestion:Find x ()\nChoices:\nA:1\nB:2\nC:3\nD:4"
    questions = [{"question_id": n, "image": "test/0.png", "text": text} for n in range(3)]
    letters = [{"question_id": 1, "text": "D"}, {"question_id": 0, "text": "B"}]
    for name, rows in (("test_questions", questions), ("test_answers", letters)):
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    draw(tmp_path / "test/0.png")
    made = cleaned(CLEANER, tmp_path)
    golds = [one.answer.text() if isinstance(one, Draft) else one.reason for one in made.values()]
    assert golds == ["B", "D", "answer-missing"]


@pytest.mark.parametrize(
    ("truth", "gold"),
    [
        ("140°", Number("140°")),
        ("3cm", Number("3cm")),
        ("2.50", Number("2.50")),
        ("2√{3}", Number("2√{3}", "0.5%")),
        ("无法确定", "answer-not-a-number"),
        ("", "answer-missing"),
        (None, "answer-missing"),
    ],
)
def test_r1v_brings_values(tmp_path: Path, truth: str | None, gold: Number | str) -> None:
    row = {
        "image_path": "./Geo170K/images/test/0.png",
        "question": "Find x.",
        "ground_truth": truth,
    }
    (tmp_path / "prompts.jsonl").write_text(json.dumps(row))
    draw(tmp_path / "images/test/0.png")
    (made,) = cleaned(CLEANER, tmp_path).values()
    assert (made.answer if isinstance(made, Draft) else made.reason) == gold


def test_a_picture_is_never_that_of_another_folder(tmp_path: Path) -> None:
    question = "angle A = 80. Find angle C."
    rows = [talk(f"geoqa_plus/{number}.png", question, "B") for number in (1, 2)]
    (tmp_path / "qa_tuning.json").write_text(json.dumps(rows))
    for name in ("images/geoqa_plus/1.png", "images/test/2.png", "2.png"):
        draw(tmp_path / name)
    assert list(reasons(CLEANER, tmp_path).values()) == [None, "picture-missing"]


def test_a_picture_of_the_test_is_not_learned_from_in_another_form(tmp_path: Path) -> None:
    question = "angle A = 80. Find angle C."
    rows = [talk(f"geoqa_plus/{number}.png", question, "B") for number in (1, 2)]
    (tmp_path / "qa_tuning.json").write_text(json.dumps(rows))
    tested = {"image_path": "./Geo170K/images/test/0.png", "question": "x", "ground_truth": "9"}
    (tmp_path / "prompts.jsonl").write_text(json.dumps(tested))
    for number, name in enumerate(("geoqa_plus/1.png", "geoqa_plus/2.png")):
        draw(tmp_path / "images" / name, number)
    draw(tmp_path / "images/test/0.png", 1)
    assert reasons(CLEANER, tmp_path) == {
        "prompts-1": None,
        "qa_tuning-1": None,
        "qa_tuning-2": "twin-in-test",
    }


def test_other_files_are_passed_over_and_none_at_all_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "sub_dataset_dict.pk").write_bytes(pickle.dumps({1: "angle"}))
    (tmp_path / "config.json").write_text('{"a": 1}')
    (tmp_path / "list.json").write_text('["a", 1, {"b": 2}]')
    with pytest.raises(BuildError, match="holds no problems of GeoQA"):
        list(CLEANER.records(tmp_path))
    put(tmp_path / "train.pk", {})
    assert reasons(CLEANER, tmp_path) == {"train-1": None}


def test_a_pickle_may_have_rows_of_the_other_forms(tmp_path: Path) -> None:
    draw(tmp_path / "0.png")
    rows = [{**PROBLEM, "image": pictured()}, talk("0.png", "angle A = 80.", "B")]
    (tmp_path / "train.pk").write_bytes(pickle.dumps(rows))
    assert reasons(CLEANER, tmp_path) == {"train-1": None, "train-2": None}


def test_a_row_of_no_form_is_told_of_where_others_have_one(tmp_path: Path) -> None:
    good = {"image_path": "0.png", "question": "Find x.", "ground_truth": "140°"}
    rows: list[Any] = [good, {"question": "Find y."}, "Find z.", {**good, "ground_truht": "1"}]
    del rows[3]["ground_truth"]
    (tmp_path / "prompts.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    draw(tmp_path / "0.png")
    (tmp_path / "train.pk").write_bytes(
        pickle.dumps(["text", {**PROBLEM, "image": pictured()}, None, {}])
    )
    found = reasons(CLEANER, tmp_path)
    assert found == {
        **{f"prompts-{n}": "bad-record" if n > 1 else None for n in (1, 2, 3, 4)},
        **{f"train-{n}": None if n == 2 else "bad-record" for n in (1, 2, 3, 4)},
    }
    assert {one.split for one in CLEANER.records(tmp_path) if one.id < "q"} == {"test"}
    drop = cleaned(CLEANER, tmp_path)["prompts-4"]
    assert isinstance(drop, Drop)
    assert drop.detail == "it has the keys ground_truht, image_path, question"


@pytest.mark.parametrize("key", ["twin", "at", "number", "form", "file", "record"])
def test_no_record_says_what_its_reader_does(tmp_path: Path, key: str) -> None:
    """A problem in JSON has no picture of its own, whatever its keys are."""
    rows = [{**PROBLEM, "formal_point": None, key: 1}]
    (tmp_path / "train.json").write_text(json.dumps(rows))
    assert reasons(CLEANER, tmp_path) == {"train-1": "picture-missing"}


def test_letters_are_no_records_even_beside_their_questions(tmp_path: Path) -> None:
    text = "Question:Find x ()\nChoices:\nA:1\nB:2"
    rows = [{"question_id": 0, "image": "0.png", "text": text}, {"question_id": 0, "text": "B"}]
    (tmp_path / "test.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    draw(tmp_path / "0.png")
    assert reasons(CLEANER, tmp_path) == {"test-1": None}


def test_a_question_without_a_picture_is_no_letter(tmp_path: Path) -> None:
    text = "Question:Find x ()\nChoices:\nA:1\nB:2"
    rows = [{"question_id": n, "image": "0.png", "text": text} for n in range(2)]
    del rows[1]["image"]
    letters = [{"question_id": str(n), "text": " B\n"} for n in range(2)]
    for name, lines in (("test", rows), ("answers", letters)):
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in lines))
    draw(tmp_path / "0.png")
    assert reasons(CLEANER, tmp_path) == {"test-1": None, "test-2": "bad-record"}


@pytest.mark.parametrize(("again", "reason"), [("B", None), ("A", "answer-missing")])
def test_letters_that_differ_are_none(tmp_path: Path, again: str, reason: str | None) -> None:
    text = "Question:Find x ()\nChoices:\nA:1\nB:2"
    rows = [{"question_id": 0, "image": "0.png", "text": text}, {"question_id": 0, "text": "B"}]
    rows.append({"question_id": "0", "text": again})
    (tmp_path / "test.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    draw(tmp_path / "0.png")
    assert reasons(CLEANER, tmp_path) == {"test-1": reason}


def test_options_take_no_longer_than_they_are(tmp_path: Path) -> None:
    text = (
        f"Question:Find x ()\nChoices:{' ' * 200_000}\nA:{' ' * 200_000}{chr(10) * 200_000}1\nB: 2"
    )
    rows = [{"question_id": 0, "image": "0.png", "text": text}, {"question_id": 0, "text": "B"}]
    (tmp_path / "test.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    draw(tmp_path / "0.png")
    assert one(tmp_path).answer == Choice("B", ("1", "2"), "0.020")


def test_a_harmful_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.pk").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(BuildError, match=r"train\.pk asks for os\.system"):
        list(CLEANER.records(tmp_path))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_the_real_samples_are_kept_but_for_stray_points(tmp_path: Path) -> None:
    rows = json.loads((SAMPLES / "unigeo_calculation_test_50.json").read_text())
    for number, row in enumerate(rows):
        row["image"] = pictured(number)
    (tmp_path / "test.pk").write_bytes(pickle.dumps(rows))
    for name in ("gllava_test_questions", "gllava_test_answers", "r1v_geoqa_test_prompts"):
        (tmp_path / f"{name}.jsonl").write_bytes((SAMPLES / f"{name}.jsonl").read_bytes())
    for number in range(60):
        draw(tmp_path / f"images/test/{number}.png")
    found = reasons(CLEANER, tmp_path)
    dropped = {name: reason for name, reason in found.items() if reason}
    assert len(found) == 130
    assert set(dropped.values()) == {"option-garbled"}
    assert {name for name in dropped if name.startswith("test-")} == {
        "test-21",
        "test-37",
        "test-39",
    }


def test_every_reason_is_tested() -> None:
    assert not untested(CLEANER, __file__)
