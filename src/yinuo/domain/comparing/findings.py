"""What the comparison finds: a contradiction with the claims that stand against each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from yinuo.domain.comparing.book import Line, say_line, say_when
from yinuo.domain.reading import Text


class Sort(StrEnum):
    """What kind of contradiction it is."""

    PACKS = "packs"  # two handbooks give another figure, clock or start for the same promise
    ONLY = "only"  # one handbook gives a figure, the other none
    CHAIN = "chain"  # steps that follow each other take as long as the whole, or longer
    ORDER = "order"  # what comes first is due no earlier than what follows it
    PARALLEL = "parallel"  # several figures for what the customer takes for one thing
    READING = "reading"  # a handbook says something else beside its table
    INDICATOR = "indicator"
    RHYTHM = "rhythm"
    SAMPLE = "sample"  # a handbook's own sample breaks its limit


SORTS = {
    Sort.PACKS: Text("两本手册不一致", "The handbooks differ"),
    Sort.ONLY: Text("只有一本手册给了数值", "Only one handbook gives a figure"),
    Sort.CHAIN: Text("分步时限与总时限", "Steps against the whole"),
    Sort.ORDER: Text("先后顺序与到期时间", "Order against due times"),
    Sort.PARALLEL: Text("一件事几个时限", "Several limits for one thing"),
    Sort.READING: Text("正文另有说法", "The text says something else"),
    Sort.INDICATOR: Text("指标", "Indicators"),
    Sort.RHYTHM: Text("往来频次", "How often customers hear from us"),
    Sort.SAMPLE: Text("样例守不住时限", "Samples that break the limit"),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """Who says what: `book` the handbook or source, `name` of what, `figure`, `when` under which conditions."""

    book: Text
    name: Text
    figure: Text
    when: Text = Text()  # noqa: RUF009 - frozen and empty
    source: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction. `about` are the promise kinds, measures or rhythms concerned, `said` puts it in a sentence."""

    sort: Sort
    about: tuple[str, ...]
    title: Text
    said: Text
    claims: tuple[Claim, ...]
    topic: Text = Text()  # noqa: RUF009 - frozen and empty


def claim_of(line: Line) -> Claim:
    """A row of a table as a claim."""
    return Claim(
        book=line.book.name,
        name=name_of(line),
        figure=say_line(line),
        when=say_when(line),
        source=line.row.source or line.policy.source,
        place=f"{line.book.key}.{line.policy.key}.{line.row.key}",
    )


def name_of(line: Line) -> Text:
    name = line.policy.name
    return Text(name.get("zh", line.policy.key), name.get("en") or name.get("zh", line.policy.key))


def claims_of(lines: Iterable[Line]) -> tuple[Claim, ...]:
    """Each line once, in the order given."""
    return tuple(dict.fromkeys(claim_of(line) for line in lines))


def joined(texts: Iterable[Text], zh: str = "、", en: str = ", ") -> Text:
    several = list(dict.fromkeys(texts))
    return Text(zh.join(text.zh for text in several), en.join(text.en for text in several))
