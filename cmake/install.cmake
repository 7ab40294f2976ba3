# Written by the install step; see docs.
