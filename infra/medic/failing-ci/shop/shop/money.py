"""Amounts of money."""


class Money:
    """Whole cents: nobody can pay a part of one."""

    def __init__(self, cents):
        if cents != int(cents):
            raise ValueError(f"{cents} is not a whole number of cents")
        self.cents = int(cents)

    def __add__(self, other):
        return Money(self.cents + other.cents)

    def __eq__(self, other):
        return isinstance(other, Money) and self.cents == other.cents

    def __hash__(self):
        return hash(self.cents)

    def __str__(self):
        return f"{self.cents // 100}.{self.cents % 100:02}"
