"""In which of the two languages of the house somebody writes."""

SAMPLE = 2000


def language_of(text: str) -> str:
    """`zh-hans` where the beginning has any Chinese, `en` where it has letters and none, else `zh-hans`."""
    text = text[:SAMPLE]
    if any("\u4e00" <= char <= "\u9fff" for char in text):
        return "zh-hans"
    return "en" if sum(char.isascii() and char.isalpha() for char in text) > 20 else "zh-hans"
