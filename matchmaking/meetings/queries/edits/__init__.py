"""Changes of the ground while meetings are booked: what can be changed, what it would do, and how that reads."""
