"""cursor: a place in a list of tokens, and the few ways of moving it."""

from evaluators.notation import UnreadableError
from evaluators.tokens import END, Token


class Cursor:
    """Where a parser stands."""

    def __init__(self, tokens: list[Token]):
        self.tokens = tokens
        self.place = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.place + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.token
        if token is END:
            raise UnreadableError("the text ends too early")
        self.place += 1
        return token

    def accept(self, *texts: str) -> bool:
        if self.token.kind in ("mark", "command") and self.token.text in texts:
            self.place += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise UnreadableError(f"{self.token.text!r} where {text!r} belongs")

    def accept_word(self, allowed: frozenset[str]) -> bool:
        if self.token.kind == "word" and self.token.text.lower() in allowed:
            self.place += 1
            return True
        return False

    def put_back(self, token: Token) -> None:
        self.place -= 1
        self.tokens[self.place] = token
