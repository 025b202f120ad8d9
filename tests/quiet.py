"""A progress that shows nothing, for tests."""


class Quiet:
    def start(self, total: int, kept: int) -> None:
        self.total, self.kept = total, kept

    def advance(self, rows: int) -> None:
        pass
