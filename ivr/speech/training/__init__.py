"""How the small default model is made: words, texts, synthetic telephone speech, a network, Kaldi's files, a card.

Runs with the extra [train] only, from `hotline model train`; at run time nothing but the names in `voices` is used.
"""
