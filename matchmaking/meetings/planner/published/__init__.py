"""Small fairs, exactly: the business-to-business instances of the literature, their optimum and the proof of it.

Low to high: instance (what a file says), checking (is a plan of it right: shares no code with the model), counting (numbers in unary, as clauses), model (the
clauses), solving (an answer with its proof), measuring (a folder of files). OR-Tools is imported only when something is solved.
"""
