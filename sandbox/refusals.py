"""What a person is told when Slack or an app does not do as they asked."""


class Refused(Exception):
    """A code such as `not_in_channel` or `dispatch_failed`, and a sentence for the person."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
