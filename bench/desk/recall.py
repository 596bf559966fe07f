"""`python -m bench.desk.recall SIZE`: what search finds, beside a substring scan of everything the agent may see.

Pages through all results of the twelve words, and prints one JSON object: `recall` (1.0 means nothing was missed),
`found` and `true` hits, `wrong` (found and not there), `words`.
"""

import json
import sys
from importlib import import_module

from bench.desk.datasets import dataset
from bench.desk.visits import WORDS


def main(size: str) -> int:
    with dataset(size) as desk:
        desk.set_up()
        scan = import_module("bench.desk.scanning")  # its models need Django set up
        truth = scan.tickets_with(WORDS, desk.agent)
        found = {word: scan.found(word, desk.agent) for word in WORDS}
    true = sum(map(len, truth.values()))
    both = sum(len(found[word] & truth[word]) for word in WORDS)
    wrong = sum(len(found[word] - truth[word]) for word in WORDS)
    words = {word: [len(found[word]), len(truth[word])] for word in WORDS}
    recall = round(both / true, 4) if true else None
    print(
        json.dumps(
            {"size": size, "recall": recall, "found": both, "true": true, "wrong": wrong, "words": words},
            ensure_ascii=False,
        )
    )
    return 0 if recall == 1.0 and not wrong else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else "10k"))
