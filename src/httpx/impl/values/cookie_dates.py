"""The dates of `Expires`: whatever servers write, read as RFC 6265bis section 5.1.1 tells.

The grammar looks for a time, a day, a month and a year in any order among the pieces of the text,
and cares for nothing else: weekdays, time zones and what stands between are passed over.
"""

from __future__ import annotations

import re

# Everything that is not a delimiter: section 5.1.1 lists the delimiters, octet by octet.
_TOKENS = re.compile(r"[^\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
# Each piece must end where its digits end: "31841" is no year and "08:44:071" no time.
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])")
_DAY = re.compile(r"([0-9]{1,2})(?![0-9])")
_YEAR = re.compile(r"([0-9]{2,4})(?![0-9])")

# fmt: off
_MONTHS: dict[str, int] = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}
# fmt: on
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_TO_1970 = 719162  # from the first of January of the year 1
_EARLIEST_YEAR = 1601


def parse_cookie_date(text: str) -> float | None:
    """Seconds since 1970 UTC of a cookie date, negative before; `None` if the text is not one."""
    time: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _TOKENS.findall(text):
        if time is None and (match := _TIME.match(token)):
            time = int(match[1]), int(match[2]), int(match[3])
        elif day is None and (match := _DAY.match(token)):
            day = int(match[1])
        elif month is None and (number := _MONTHS.get(token[:3].lower())):
            month = number
        elif year is None and (match := _YEAR.match(token)):
            year = _full_year(int(match[1]))
    if time is None or day is None or month is None or year is None:
        return None
    return _timestamp(year, month, day, *time)


def _full_year(year: int) -> int:
    """Years of two digits are those from 1970 to 2069."""
    if year <= 69:
        return year + 2000
    return year + 1900 if year <= 99 else year


def _timestamp(
    year: int, month: int, day: int, hour: int, minute: int, second: int
) -> float | None:
    """Seconds since 1970 UTC, `None` if there is no such day or time."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = 29 if leap and month == 2 else _DAYS_IN_MONTH[month - 1]
    if year < _EARLIEST_YEAR or not 1 <= day <= last or hour > 23 or minute > 59 or second > 59:
        return None
    # Worked out here, as `datetime` and `calendar` cost more to import than all of this module.
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400
    days += sum(_DAYS_IN_MONTH[: month - 1]) + (leap and month > 2) + day - 1
    return float((days - _DAYS_TO_1970) * 86400 + hour * 3600 + minute * 60 + second)
