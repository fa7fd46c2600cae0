"""Redeemable points: settled credits in, redemptions out. The assessment never reads them."""
