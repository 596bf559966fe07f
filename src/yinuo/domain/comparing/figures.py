"""Contradictions beside the tables: other readings, indicators, rhythms, and the handbooks' own samples."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta

from yinuo.domain.comparing.book import Book, Line, all_pieces, lines_of
from yinuo.domain.comparing.findings import Claim, Finding, Sort, claim_of, name_of
from yinuo.domain.deadline import Clock, Policy, choose, measure, say_clock, say_span
from yinuo.domain.deadline.boxes import box_of, meet
from yinuo.domain.figures import Indicator, Reading, Rhythm, Sample
from yinuo.domain.reading import Text
from yinuo.domain.worktime import Calendar

WEIGHTS = {
    "standard": Text("标准", "standard"),
    "goal": Text("目标", "goal"),
    "example": Text("举例", "example"),
    "headline": Text("标题", "headline"),
    "habit": Text("培训要求", "training"),
}
PERIODS = {
    "week": Text("每周", "each week"),
    "month": Text("每月", "each month"),
    "quarter": Text("每季度", "each quarter"),
    "half_year": Text("每半年", "each half year"),
    "year": Text("每年", "each year"),
    "day_of": Text("当天", "on the day"),
}
OPS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def readings(books: Sequence[Book], given: Iterable[Reading]) -> Iterator[Finding]:
    """What a handbook says beside its tables, against the rows of all books that answer the same matters."""
    grouped: dict[tuple[str, str], list[Reading]] = {}
    for reading in given:
        grouped.setdefault((reading.kind, repr(sorted(reading.when.items()))), []).append(reading)
    for (kind, _), several in grouped.items():
        claims = [_said(reading) for reading in several]
        limits = {reading.limit for reading in several}
        for book in books:
            policy = book.policies.get(kind)
            for line in _answering(book, policy, several[0]) if policy else ():
                claims.append(claim_of(line))
                limits.add(line.target.limit)
        title = next((_policy_name(book.policies[kind]) for book in books if kind in book.policies), Text(kind, kind))
        if len(limits) > 1:
            said = Text("手册正文另有说法", "a handbook says something else beside its table")
            yield Finding(Sort.READING, (kind,), title, said, tuple(claims))
        elif len(claims) == len(several):
            said = Text("正文提到数值，时限表里没有", "the text gives a figure, the table none")
            yield Finding(Sort.READING, (kind,), title, said, tuple(claims))


def _policy_name(policy: Policy) -> Text:
    return Text(policy.name.get("zh", policy.key), policy.name.get("en", policy.key))


def _answering(book: Book, policy: Policy, reading: Reading) -> Iterator[Line]:
    row = Policy.from_json(
        {"key": reading.kind, "starts_at": "said", "rows": [{"key": "said", "when": reading.when, "limit": None}]}
    )
    pieces = all_pieces(book, policy, row)
    box = box_of(row.rows[0], pieces)
    for line in lines_of(book, policy, pieces):
        if line.row.target and any(meet(box, piece) for piece in line.region):
            yield line


def _said(reading: Reading) -> Claim:
    weight = WEIGHTS[reading.weight]
    span = Text(say_span(reading.limit, "zh"), say_span(reading.limit, "en"))
    return Claim(
        book=Text(reading.source, reading.source),
        name=reading.text,
        figure=Text(f"{span.zh}（{weight.zh}）", f"{span.en} ({weight.en})"),
        source=reading.source,
        place=f"readings.{reading.key}",
    )


def indicators(given: Iterable[Indicator]) -> Iterator[Finding]:
    """Indicators of one measure that ask for different figures."""
    grouped: dict[str, list[Indicator]] = {}
    for indicator in given:
        grouped.setdefault(indicator.measure, []).append(indicator)
    for measured, several in grouped.items():
        if len({(one.op, one.target, one.unit) for one in several}) < 2:
            continue
        said = Text("同一件事有不同的目标值", "one thing has several targets")
        claims = tuple(
            Claim(
                Text(one.source, one.source), one.name, say_target(one), WEIGHTS[one.weight], one.source,
                f"indicators.{one.key}",
            )
            for one in several
        )  # fmt: skip
        yield Finding(Sort.INDICATOR, (measured,), several[0].name, said, claims)


def say_target(indicator: Indicator) -> Text:
    """“≥ 95 %”, “≤ 30 s”."""
    if indicator.target is None:
        return Text("没有数值", "no figure")
    figure = f"{OPS[indicator.op]} {indicator.target:g}"
    unit = {"percent": Text(" %", " %"), "score": Text(" 分", " of 5"), "seconds": Text(" 秒", " s")}[indicator.unit]
    return Text(figure + unit.zh, figure + unit.en)


def rhythms(given: Sequence[Rhythm]) -> Iterator[Finding]:
    """A rhythm that may not come more often, and others that reach the same customers."""
    for bound in given:
        others = [one for one in given if one is not bound and set(one.reaches) & set(bound.reaches)]
        if bound.at_most and others:
            name = bound.name
            said = Text(
                f"“{name.zh}”有上限，另有往来也发给同样的客户",
                f"{name.en} has an upper bound, and others reach the same customers",
            )
            claims = tuple(_rhythm(one) for one in (bound, *others))
            yield Finding(Sort.RHYTHM, (bound.key, *(one.key for one in others)), name, said, claims)


def _rhythm(rhythm: Rhythm) -> Claim:
    several = [PERIODS[period] for period in rhythm.every]
    bound = rhythm.at_most
    zh = "、".join(text.zh for text in several) + ("至多一次" if bound else "")
    en = ("at most once " if bound else "") + ", ".join(text.en for text in several)
    source = Text(rhythm.source, rhythm.source)
    return Claim(source, rhythm.name, Text(zh, en), WEIGHTS[rhythm.weight], rhythm.source, f"rhythms.{rhythm.key}")


def samples(books: Sequence[Book], given: Iterable[Sample], calendar: Calendar) -> Iterator[Finding]:
    """Sample rows that cannot have kept the limit: taken at the closing of the first day at the latest, settled at the
    opening of the last at the earliest, more time than the limit had passed."""
    for sample in given:
        taken, settled = _closing(calendar, sample), _opening(calendar, sample)
        if settled <= taken:
            continue
        passed = {clock: measure(taken, settled, clock, calendar) for clock in _HOURS}
        for book in books:
            line = _line_for(book, sample)
            if line and line.target.clock in passed and passed[line.target.clock] > line.target.limit:
                yield _broken(sample, line, passed)
                break


def _line_for(book: Book, sample: Sample) -> Line | None:
    policy = book.policies.get(sample.kind)
    row = choose(policy, sample.facts) if policy else None
    if policy is None or row is None or row.target is None:
        return None
    return next(line for line in lines_of(book, policy, all_pieces(book, policy)) if line.row.key == row.key)


def _broken(sample: Sample, line: Line, passed: Mapping[Clock, timedelta]) -> Finding:
    keeping = [clock for clock, span in passed.items() if span <= line.target.limit]
    only = Text(
        "".join(f"；{say_clock(clock, 'zh')}才守得住" for clock in keeping),
        "".join(f"; {say_clock(clock, 'en')} it would be kept" for clock in keeping),
    )
    least = passed[line.target.clock]
    days = f"{sample.since} → {sample.until}"
    said = Text(
        f"手册样例 {sample.key}（{days}）至少用了 {say_span(least, 'zh')}，超过时限{only.zh}",
        f"the sample {sample.key} ({days}) took at least {say_span(least, 'en')}, more than the limit{only.en}",
    )
    source, key = Text(sample.source, sample.source), Text(sample.key, sample.key)
    shown = Claim(source, key, Text(days, days), source=sample.source, place=f"samples.{sample.key}")
    return Finding(Sort.SAMPLE, (sample.kind,), name_of(line), said, (claim_of(line), shown))


_HOURS = (Clock.SERVICE, Clock.WORKDAY, Clock.ALWAYS)


def _closing(calendar: Calendar, sample: Sample) -> datetime:
    if calendar.is_working_day(sample.since):
        return calendar.closing_of(sample.since)
    return datetime.combine(sample.since, time(23, 59, 59), calendar.zone)


def _opening(calendar: Calendar, sample: Sample) -> datetime:
    if calendar.is_working_day(sample.until):
        return calendar.opening_of(sample.until)
    return datetime.combine(sample.until, time(0), calendar.zone)
