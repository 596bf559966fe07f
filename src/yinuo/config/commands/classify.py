"""`yinuo classify < lines`: class, category, urgency and feeling of each line, one JSON object a line."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from yinuo.assist.builtin import built_in_rules
from yinuo.assist.learned import Model, ModelFileError, classify_with, load_model
from yinuo.config.refusal import Refusal
from yinuo.domain.classification import Classification, Judgement, classify


def add_parser(subparsers: Any) -> None:
    """Adds `classify` to the command line."""
    parser = subparsers.add_parser("classify", help="classify texts: one text a line in, one JSON object a line out")
    parser.add_argument("--model", metavar="FILE", help="a desk's own model, as exported; else the rules")
    parser.set_defaults(run=classify_lines)


def classify_lines(arguments: argparse.Namespace) -> int:
    """Answers every line, empty ones too, so that answers and lines stay side by side."""
    model = _model(arguments.model) if arguments.model else None
    rules = built_in_rules()
    for raw in sys.stdin.buffer:
        text = raw.decode("utf-8", "replace").strip("\r\n\ufeff")
        answer = classify_with(model, text, rules) if model else classify(text, rules)
        line = json.dumps(shown(answer), ensure_ascii=False)
        sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
        sys.stdout.buffer.flush()
    return 0


def shown(answer: Classification) -> dict[str, object]:
    """The answer as the command prints it."""
    return {
        "class": _judgement(answer.top_class),
        "category": _judgement(answer.category),
        "urgency": _judgement(answer.urgency),
        "sentiment": _judgement(answer.sentiment),
        "source": answer.source,
    }


def _judgement(judgement: Judgement) -> dict[str, object]:
    return {"value": judgement.value, "confidence": round(judgement.confidence, 4)}


def _model(name: str) -> Model:
    try:
        return load_model(Path(name).read_bytes())
    except OSError as problem:
        raise Refusal(f"{name} cannot be read: {problem.strerror or problem}.") from problem
    except ModelFileError as problem:
        raise Refusal(f"{name} is no model that this version can use: {problem}.") from problem
