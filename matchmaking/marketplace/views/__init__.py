"""The pages of this room."""

from matchmaking.marketplace.views.looking import certificate_file, hs_codes
from matchmaking.marketplace.views.posting import choose, edit, move, post

__all__ = ["certificate_file", "choose", "edit", "hs_codes", "move", "post"]
