"""Domains under which anyone can register a name: no cookie may be set for all of one.

With the optional package `publicsuffixlist` (extra `psl`) the answer comes from the Public Suffix
List, private suffixes such as `github.io` included; the list is read when first needed. Without it
a rule of thumb answers: a single label is a public suffix, and so is a common word for a kind of
registrant under a country code (`co.uk`, `com.br`, `ac.jp`). Suffixes of private registries are
then not known.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

# Second labels that registries of countries commonly register names under.
# fmt: off
_SECOND_LEVEL: frozenset[str] = frozenset({
    "ac", "asn", "co", "com", "ed", "edu", "gen", "go", "gob", "gouv", "gov", "gv", "id", "ind",
    "info", "ltd", "mil", "my", "ne", "net", "nhs", "nic", "nom", "or", "org", "plc", "police",
    "sch", "school", "web",
})
# fmt: on

_loading = threading.Lock()
_listed: Callable[[str], bool] | None = None


def is_public_suffix(domain: str) -> bool:
    """Whether names directly under this domain belong to different people.

    Parameters:
        domain: a domain name in lowercase and ASCII, without dots around it.
    """
    if "." not in domain:
        return True
    return (_listed or _load())(domain)


def guess_public_suffix(domain: str) -> bool:
    """The rule of thumb for want of the list."""
    labels = domain.split(".")
    if len(labels) == 1:
        return True
    return len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SECOND_LEVEL


def _load() -> Callable[[str], bool]:
    """What answers from now on: the list where it is installed, or else the rule of thumb."""
    global _listed
    with _loading:
        if _listed is not None:
            return _listed
        try:
            from publicsuffixlist import PublicSuffixList
        except ImportError:
            answer = guess_public_suffix
        else:
            answer = PublicSuffixList().is_public
        _listed = answer
        return answer
