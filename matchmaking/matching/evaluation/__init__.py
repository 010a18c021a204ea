"""How well the engine ranks: any judged collection of offers and requests, beside plain rankings. Needs no database."""
