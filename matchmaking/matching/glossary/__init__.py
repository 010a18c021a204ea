"""Terms of the trade in both languages: the shipped files, what an organiser makes of them, and what the matcher reads."""
