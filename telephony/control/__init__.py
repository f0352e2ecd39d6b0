"""Call control of a talk: hold, consult, transfer, conference, park; one table and its steps. PURE."""
