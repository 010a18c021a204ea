"""Input of people, by who gives it: the operator in the administration, a company on its desk, the organiser."""
