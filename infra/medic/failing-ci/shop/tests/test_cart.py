"""What a cart costs."""

import unittest

from shop.cart import Cart
from shop.money import Money


class CartTest(unittest.TestCase):
    def test_an_empty_cart_costs_nothing(self):
        self.assertEqual(Cart().total(), Money(0))

    def test_tax_is_added_to_the_sum(self):
        cart = Cart()
        cart.add(Money(500), number=2)
        self.assertEqual(str(cart.total()), "11.90")

    def test_tax_is_rounded_to_the_nearest_cent(self):
        cart = Cart()
        cart.add(Money(1299))
        self.assertEqual(str(cart.total()), "15.46")
