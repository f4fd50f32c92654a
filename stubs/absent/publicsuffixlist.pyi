# What is used of `publicsuffixlist`, for a check where it is not installed.

class PublicSuffixList:
    def __init__(
        self,
        source: object = None,
        accept_unknown: bool = True,
        accept_encoded_idn: bool = True,
        only_icann: bool = False,
    ) -> None: ...
    def is_public(self, domain: str, *, accept_unknown: bool | None = None) -> bool: ...
