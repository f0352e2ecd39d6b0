"""Speech: text spoken (voice), speech recognised (recogniser), models kept (store) and made (training).

Nothing here knows of calls: samples in, text out, and the other way round. Samples are int16 at 8 kHz everywhere.
"""
