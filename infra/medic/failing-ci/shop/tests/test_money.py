"""How money behaves."""

import unittest

from shop.money import Money


class MoneyTest(unittest.TestCase):
    def test_cents_have_two_digits(self):
        self.assertEqual(str(Money(1205)), "12.05")

    def test_a_part_of_a_cent_is_refused(self):
        with self.assertRaises(ValueError):
            Money(0.5)
