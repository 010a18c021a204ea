"""What is held of people, why and for how long; their own copy of it; and its end."""
