"""A cart, and what it costs."""

from shop.money import Money

VAT_PERCENT = 19


class Cart:
    """What somebody wants to buy, as a list of prices."""

    def __init__(self):
        self.prices = []

    def add(self, price, number=1):
        """Puts so many things of one price into it."""
        self.prices.extend([price] * number)

    def net(self):
        """What all of it costs without tax."""
        return sum(self.prices, Money(0))

    def vat(self):
        """The value added tax, to the nearest cent."""
        return Money(self.net().cents * VAT_PERCENT / 100)

    def total(self):
        """What is to be paid."""
        return self.net() + self.vat()
